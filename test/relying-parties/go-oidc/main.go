// A service that signs people in with go-oidc and x/oauth2, as their documentation and examples have it.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

type person struct {
	token    *oauth2.Token
	idToken  string
	sid      string
	claims   map[string]interface{}
	userInfo map[string]interface{}
}

type service struct {
	home       string
	provider   *oidc.Provider
	config     oauth2.Config
	verifier   *oidc.IDTokenVerifier
	endSession string

	mutex    sync.Mutex
	signedIn map[string]*person // by the browser's cookie
}

func main() {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		log.Fatal(err)
	}
	address := "127.0.0.1:" + os.Getenv("PORT")
	s := &service{
		home:     "http://" + address,
		provider: provider,
		config: oauth2.Config{
			ClientID:     os.Getenv("CLIENT_ID"),
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			Endpoint:     provider.Endpoint(),
			RedirectURL:  "http://" + address + "/callback",
			Scopes:       []string{oidc.ScopeOpenID, "email", oidc.ScopeOfflineAccess},
		},
		verifier:   provider.Verifier(&oidc.Config{ClientID: os.Getenv("CLIENT_ID")}),
		endSession: more.EndSession,
		signedIn:   map[string]*person{},
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("A service with go-oidc")) })
	http.HandleFunc("/login", s.login)
	http.HandleFunc("/callback", s.callback)
	http.HandleFunc("/account", s.account)
	http.HandleFunc("/refresh", s.refresh)
	http.HandleFunc("/logout", s.logout)
	http.HandleFunc("/backchannel-logout", s.backchannelLogout)
	log.Fatal(http.ListenAndServe(address, nil))
}

func (s *service) login(w http.ResponseWriter, r *http.Request) {
	state, nonce, verifier := random(), random(), oauth2.GenerateVerifier()
	setCookie(w, "state", state)
	setCookie(w, "nonce", nonce)
	setCookie(w, "verifier", verifier)
	// Offline access is asked for together with consent (OpenID Connect Core, 11).
	consent := oauth2.SetAuthURLParam("prompt", "consent")
	http.Redirect(w, r, s.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier), consent), http.StatusFound)
}

func (s *service) callback(w http.ResponseWriter, r *http.Request) {
	if state := cookie(r, "state"); state == "" || r.URL.Query().Get("state") != state {
		http.Error(w, "state did not match", http.StatusBadRequest)
		return
	}
	if refusal := r.URL.Query().Get("error"); refusal != "" {
		http.Error(w, refusal, http.StatusBadRequest)
		return
	}
	token, err := s.config.Exchange(r.Context(), r.URL.Query().Get("code"), oauth2.VerifierOption(cookie(r, "verifier")))
	if err != nil {
		refuse(w, err)
		return
	}
	known := &person{token: token}
	if err := s.read(r.Context(), known, cookie(r, "nonce")); err != nil {
		refuse(w, err)
		return
	}
	browser := random()
	setCookie(w, "go_oidc", browser)
	s.mutex.Lock()
	s.signedIn[browser] = known
	s.mutex.Unlock()
	http.Redirect(w, r, "/account", http.StatusFound)
}

// read verifies the ID token (signature, iss, aud, exp; the nonce of a sign-in; at_hash where there is one), and asks UserInfo.
func (s *service) read(ctx context.Context, known *person, nonce string) error {
	raw, ok := known.token.Extra("id_token").(string)
	if !ok {
		return errors.New("no id_token in the answer")
	}
	idToken, err := s.verifier.Verify(ctx, raw)
	if err != nil {
		return err
	}
	if nonce != "" && idToken.Nonce != nonce {
		return errors.New("nonce did not match")
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(known.token.AccessToken); err != nil {
			return err
		}
	}
	claims := map[string]interface{}{}
	if err := idToken.Claims(&claims); err != nil {
		return err
	}
	answer, err := s.provider.UserInfo(ctx, oauth2.StaticTokenSource(known.token))
	if err != nil {
		return err
	}
	if answer.Subject != idToken.Subject {
		return errors.New("UserInfo is about somebody else")
	}
	userInfo := map[string]interface{}{}
	if err := answer.Claims(&userInfo); err != nil {
		return err
	}
	known.idToken, known.claims, known.userInfo = raw, claims, userInfo
	known.sid, _ = claims["sid"].(string)
	return nil
}

func (s *service) account(w http.ResponseWriter, r *http.Request) {
	known := s.whoIs(r)
	if known == nil {
		http.Error(w, "signed out", http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]interface{}{
		"id_token": known.claims, "userinfo": known.userInfo, "access_token": known.token.AccessToken,
	})
}

func (s *service) refresh(w http.ResponseWriter, r *http.Request) {
	known := s.whoIs(r)
	// A token source without an access token asks for one with the refresh token.
	token, err := s.config.TokenSource(r.Context(), &oauth2.Token{RefreshToken: known.token.RefreshToken}).Token()
	if err != nil {
		refuse(w, err)
		return
	}
	known.token = token
	if err := s.read(r.Context(), known, ""); err != nil {
		refuse(w, err)
		return
	}
	http.Redirect(w, r, "/account", http.StatusFound)
}

func (s *service) logout(w http.ResponseWriter, r *http.Request) {
	known := s.whoIs(r)
	s.mutex.Lock()
	delete(s.signedIn, cookie(r, "go_oidc"))
	s.mutex.Unlock()
	request, _ := http.NewRequest(http.MethodGet, s.endSession, nil)
	query := request.URL.Query()
	query.Set("id_token_hint", known.idToken)
	query.Set("post_logout_redirect_uri", s.home+"/")
	request.URL.RawQuery = query.Encode()
	http.Redirect(w, r, request.URL.String(), http.StatusFound)
}

// backchannelLogout is OpenID Connect Back-Channel Logout 1.0, 2.6: go-oidc verifies what a logout token has in common with an ID token.
func (s *service) backchannelLogout(w http.ResponseWriter, r *http.Request) {
	token, err := s.verifier.Verify(r.Context(), r.PostFormValue("logout_token"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var claims struct {
		Sid    string                     `json:"sid"`
		Events map[string]json.RawMessage `json:"events"`
	}
	if err := token.Claims(&claims); err != nil || claims.Events[logoutEvent] == nil || claims.Sid == "" || token.Nonce != "" {
		http.Error(w, "not a logout token", http.StatusBadRequest)
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for browser, known := range s.signedIn {
		if known.sid == claims.Sid {
			delete(s.signedIn, browser)
		}
	}
}

func (s *service) whoIs(r *http.Request) *person {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.signedIn[cookie(r, "go_oidc")]
}

func refuse(w http.ResponseWriter, err error) {
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) {
		http.Error(w, refusal.ErrorCode, http.StatusBadRequest)
		return
	}
	http.Error(w, err.Error(), http.StatusBadRequest)
}

func random() string {
	bytes := make([]byte, 24)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func cookie(r *http.Request, name string) string {
	found, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return found.Value
}
