"""What people enter in place of an account's name: texts that hold a secret, and names that do not."""

SECRET = "JBSWY3DPEHPK3PXP"
SECRETS = (
    SECRET,
    f"Amazon:{SECRET}",
    f"{SECRET}:me",
    "jbsw y3dp ehpk 3pxp",
    "jbswy3dpehpk3pxp",
    "abcd efgh ijkl mnop qrst uvwx",
    "abcd  efgh\u00a0ijkl mnop ",
    "otpauth://totp/me?secret=AAAA",
    "OTPAUTH://x",
    "me?SECRET=AAAA",
    "小玎cret=GEZDGNBVGY3TQOJQ&issuer=公司",
    f"me{SECRET}&issuer=Amazon",
    "2ABCDEFGHIJKLMN7&me",
    "ABCDEFGHIJKLMNOP",
    "Amazon:jbswy3dpehpk3pxp",
    "meABCDEFGHABCDEFGHABCDEFGH",
)
NAMES = (
    "",
    "Amazon:me",
    "administratoraccount",
    "abcdefgh ijklmnop",
    "abcd efgh ijkl mnop qrst uvwxyz",
    "Amazon Seller Central:me@example.com",
    "ORDERS-EUROPE-2026",
    "店铺A:WAREHOUSE",
    "JBSWY3DPEHPK3PX",
    "mail:jbswy3dpehpk3px",
    "ABCDEFGHIJKLMNOPQRSTUVW of us",
    "0abcdefghijklmno2",
    "abcdefghijklmno20",
)
