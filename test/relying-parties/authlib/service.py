"""A service that signs people in with Authlib's client for Flask, as Authlib's documentation has it."""

import os
import secrets

from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, jsonify, redirect, request, session, url_for
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ISSUER = os.environ["ISSUER"]
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
oauth = OAuth(app)
provider = oauth.register(
    name="provider",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
)

# Who is signed in here: by the id of the session, which the cookie carries, the tokens and what they say.
signed_in = {}


@app.get("/")
def home():
    return "A service with Authlib"


@app.get("/login")
def login():
    return provider.authorize_redirect(url_for("callback", _external=True))


@app.get("/callback")
def callback():
    # Checks state, signature, iss, aud, exp, nonce and at_hash.
    token = provider.authorize_access_token()
    session["id"] = secrets.token_urlsafe()
    signed_in[session["id"]] = {"token": token, "userinfo": provider.userinfo(token=token)}
    return redirect(url_for("account"))


@app.get("/account")
def account():
    person = signed_in.get(session.get("id"))
    if person is None:
        return "signed out", 401
    return jsonify(
        id_token=person["token"]["userinfo"],
        userinfo=person["userinfo"],
        access_token=person["token"]["access_token"],
    )


@app.get("/refresh")
def refresh():
    person = signed_in[session["id"]]
    token = provider.fetch_access_token(grant_type="refresh_token", refresh_token=person["token"]["refresh_token"])
    person["token"].update(token)
    person["userinfo"] = provider.userinfo(token=person["token"])
    return redirect(url_for("account"))


@app.get("/logout")
def logout():
    person = signed_in.pop(session.pop("id"))
    return provider.logout_redirect(
        post_logout_redirect_uri=url_for("signed_out", _external=True),
        id_token_hint=person["token"]["id_token"],
    )


@app.get("/signed-out")
def signed_out():
    provider.validate_logout_response()
    return "signed out"


@app.post("/backchannel-logout")
def backchannel_logout():
    """OpenID Connect Back-Channel Logout 1.0, 2.6, with the library's JOSE: the client has no function for it."""
    try:
        token = jwt.decode(request.form["logout_token"], KeySet.import_key_set(provider.fetch_jwk_set()))
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
            sid={"essential": True},
        ).validate(token.claims)
    except JoseError as error:
        return str(error), 400
    if LOGOUT_EVENT not in token.claims.get("events", {}) or "nonce" in token.claims:
        return "not a logout token", 400
    for key, person in list(signed_in.items()):
        if person["token"]["userinfo"]["sid"] == token.claims["sid"]:
            del signed_in[key]
    return "", 200


@app.errorhandler(OAuthError)
def refused(error):
    return error.error, 400


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
