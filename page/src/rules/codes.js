//! The page's own HOTP and TOTP on crypto.subtle, independent of the key's. They prove an enrolment.

const HASHES = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };
const STEAM = "23456789BCDFGHJKMNPQRTVWXY";

/** The code of an account at `moment`, in Unix seconds. For hotp, that of its counter. */
export async function codeOf(account, moment) {
  const counter = account.type === "hotp" ? account.counter : Math.floor(moment / account.period);
  if (account.type === "steam") return steamText(await truncated(account.secret, counter, "SHA1"));
  const number = await truncated(account.secret, counter, account.algorithm);
  return String(number % 10 ** account.digits).padStart(account.digits, "0");
}

/** Steam Guard's five characters: RFC 4226's 31 bits in base 26, lowest first. */
function steamText(number) {
  let text = "";
  for (let rest = number; text.length < 5; rest = Math.floor(rest / STEAM.length))
    text += STEAM[rest % STEAM.length];
  return text;
}

/** Dynamic truncation (RFC 4226 section 5.3) of the HMAC of an 8-byte counter: 31 bits. */
async function truncated(secret, counter, algorithm) {
  const parameters = { name: "HMAC", hash: HASHES[algorithm] };
  const key = await crypto.subtle.importKey("raw", secret, parameters, false, ["sign"]);
  const message = new DataView(new ArrayBuffer(8));
  message.setBigUint64(0, BigInt(counter));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, message.buffer));
  return mac.getUint32(mac.getUint8(mac.byteLength - 1) & 0x0f) & 0x7fffffff;
}
