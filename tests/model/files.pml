/* What passes from key to key: a clone (docs/decisions/secrets.md) and the file that lends an account
 * (docs/concepts/lend-file.md). What is sealed for a key pair, nobody opens without its private half.
 */
#define CROSSING 1 /* the owner's program reads the other key's public half in a session with it */
#define PEER 2     /* a touch for `clone_send` allows one peer, */
#define PAIR 256   /* for one key pair, */
#define GRANT 4    /* and in one session */
#define NEWER 16   /* a file is accepted if it is newer than the one before, */
#define NOTED 32   /* also if the account was removed since */
#define LIST 64    /* a list of what was borrowed goes only with its card */
#define RENEWED 128 /* a change of locks makes a new card */
#include "rules.pml"

#define OTHER 1 /* public halves: of the key that the owner means, the intruder's, and of a third key */
#define MALLORY 2
#define THIRD 3

/* The clone: whose session it is (1: the owner's), the pair, the peer that a touch allowed; and what it was for */
byte session, pair, allowed, agreed;
/* The file */
byte clock, card = 1, opens = 1;  /* the lender's clock; the present card, and from which one private halves exist */
byte made[3], for_card[3], files; /* files that were made */
byte used[3];                     /* how often each was accepted */
byte there, noted, newest;        /* the account's file; the time that the list has; the newest ever accepted */
byte dumped;                      /* the intruder has read the borrower's flash: private halves up to this card */
byte n, p;

inline any_peer() {
    if
    :: p = OTHER
    :: p = MALLORY
    :: p = THIRD
    fi
}

active proctype Clone() {
    given(rules, RULES);
    do
    :: atomic {
        if :: session = 1 :: session = 2 fi;
        agreed = 0; allowed = (ON(GRANT) -> 0 : allowed) }
    :: atomic { session && pair < 3 -> pair++; agreed = 0; allowed = (ON(PAIR) -> 0 : allowed) }
    :: atomic { session == 1 && pair -> /* the owner makes the gesture that his program shows */
        if :: agreed = OTHER :: !ON(CROSSING) -> agreed = MALLORY fi;
        allowed = agreed }
    :: atomic { session && pair -> any_peer(); /* the key seals an account for p, if it needs no gesture */
        assert(!allowed || (allowed != p && ON(PEER)) || (p == agreed && p != MALLORY)); p = 0 }
    od
}

active proctype File() {
    rules;
    do
    :: atomic { files < 3 -> clock++; made[files] = clock; for_card[files] = card; files++ }
    :: atomic { files -> n = 0;
        do
        :: n < files - 1 -> n++
        :: break
        od;
        if
        :: for_card[n] != card
        :: for_card[n] == card && (made[n] > there || !ON(NEWER)) && made[n] > noted ->
            assert(!used[n] && made[n] > newest); used[n]++; newest = made[n]; there = made[n]
        :: else
        fi;
        n = 0 }
    :: atomic { there -> noted = (ON(NOTED) -> there : noted); there = 0 }
    :: atomic { card < 3 -> card++; noted = 0 } /* a new card, and with it a new list */
    :: atomic { !ON(LIST) -> noted = 0 }
    :: atomic { !dumped -> dumped = card }
    :: atomic { dumped && card < 3 -> /* the owner changes the locks, since a key was read */
        card = card + ON(RENEWED); noted = (ON(RENEWED) -> 0 : noted);
        clock++; n = card; assert(n > dumped); n = 0 } /* and a file for it is lent */
    od
}
