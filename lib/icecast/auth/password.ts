/**
 * Passwords at rest: scrypt (RFC 7914) with a salt of its own each, as one line
 * of text that may stand in a file.
 *
 *     scrypt$16384$8$1$<salt, base64>$<hash, base64>
 *
 * @module
 */
import { randomBytes, scrypt } from "node:crypto";
import { timingSafeEqual } from "@std/crypto";
import { AlluviumError } from "../../errors.ts";

/** Cost 2^14, block 8, one lane: 16 MiB and about 40 ms, scrypt's own proposal for logins. */
const COST = { N: 16_384, r: 8, p: 1 };

const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** Whether a text is a hash and no password. */
export function isPasswordHash(text: string): boolean {
  return /^scrypt\$16384\$8\$1\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/
    .test(text);
}

/**
 * Hashes a password.
 *
 * @returns a line as above, another one each time
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  const hash = await derive(password, salt);
  const { N, r, p } = COST;
  return ["scrypt", N, r, p, salt.toBase64(), hash.toBase64()].join("$");
}

/**
 * Compares a password with a hash, in a time that does not tell how they differ.
 *
 * @param hash by {@linkcode hashPassword}
 * @throws AlluviumError `usage` for text that is no such hash
 */
export async function isPassword(
  password: string,
  hash: string,
): Promise<boolean> {
  if (!isPasswordHash(hash)) {
    throw new AlluviumError("usage", "Cannot read a password's hash");
  }
  const [, , , , salt = "", wanted = ""] = hash.split("$");
  const found = await derive(password, Uint8Array.fromBase64(salt));
  return timingSafeEqual(found, Uint8Array.fromBase64(wanted));
}

function derive(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}
