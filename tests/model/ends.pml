/* Who changes the end of a lent account: docs/concepts/lending.md. The borrower has the key, makes every gesture on
 * it, and may put a look-alike before the owner's program, which passes on what it likes. Two accounts are lent.
 */
#define PROOF 1   /* what the passphrase gives is not sent; an answer to a challenge of the key is */
#define FRESH 2   /* a challenge is drawn anew each time, */
#define SPENT 4   /* and good for one change */
#define ACCOUNT 8 /* the answer is for one account, */
#define END 16    /* and for one end */
#define NAMED 32  /* the owner's computer knows which account it is. No rule: see the document */
#include "rules.pml"

byte drawn, challenge;    /* the key's challenge; 0: none */
byte wished[9];           /* how often the owner wanted account and end (3 * account + end) */
byte wishes = 2;
bool bearer[3];           /* accounts whose secret the borrower has */
byte proofs, of_challenge[2], of_account[2], of_end[2]; /* what the borrower was given */
byte a, b, e, c, n;

inline any(variable, most) { variable = 1; do :: variable < most -> variable++ :: break od }

/* The key gives an account its end. */
inline changes() { assert(wished[3 * a + e]); wished[3 * a + e]-- }

active proctype Everybody() {
    given(rules, RULES);
    do
    :: atomic { drawn < 3 -> drawn = (ON(FRESH) -> drawn + 1 : 1); challenge = drawn }
    :: atomic { wishes -> wishes--; any(a, 2); any(e, 2); any(c, 3); b = a; wished[3 * a + e]++;
        if :: !ON(NAMED) -> b = 3 - a /* the look-alike calls another account so */ :: 1 fi;
        if
        :: ON(PROOF) -> of_challenge[proofs] = c; of_account[proofs] = b; of_end[proofs] = e; proofs++
        :: !ON(PROOF) -> bearer[b] = 1
        fi; a = 0; b = 0; e = 0; c = 0 }
    :: atomic { any(a, 2); any(e, 2); n = 0;
        do
        :: n < 1 -> n++
        :: break
        od;
        if
        :: bearer[a] -> changes()
        :: challenge && n < proofs && of_challenge[n] == challenge && (of_account[n] == a || !ON(ACCOUNT)) &&
            (of_end[n] == e || !ON(END)) -> changes(); challenge = (ON(SPENT) -> 0 : challenge)
        :: else
        fi; a = 0; e = 0; n = 0 }
    od
}
