import { createHmac } from "node:crypto";
import { JWT_SECRET } from "./chirrup.js";

const HASHES = { HS256: "sha256", HS384: "sha384", HS512: "sha512" };

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Now, as JWTs count. */
export const now = () => Math.floor(Date.now() / 1000);

/** A token as any service that has the secret would issue it, or as somebody who has not. */
export function sign(claims, { algorithm = "HS256", secret = JWT_SECRET } = {}) {
  const signed = `${part({ alg: algorithm, typ: "JWT" })}.${part(claims)}`;
  const hash = HASHES[algorithm];
  return `${signed}.${hash ? createHmac(hash, secret).update(signed).digest("base64url") : ""}`;
}
