const DUPLICATE_KEY = 11000;

/** Whether a write was refused because another document has this key: somebody else was first. */
export const isDuplicateKey = (error: unknown): boolean => (error as { code?: unknown }).code === DUPLICATE_KEY;
