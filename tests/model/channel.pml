/* The conversation of an owner's program with a key over one port, with an intruder on the same computer.
 *
 * Cryptography is perfect: a line is tagged under a session's key (its number), or under none (0). The intruder
 * cannot read what the owner's program writes; `Intruder` has what it may do, and `owners` how often. The person
 * makes the gesture that the owner's program showed last. Each rule of docs/concepts/consent.md can be taken out.
 */

/* Rules of the owner's program: */
#define PROVED 1     /* a line that is not tagged under the session's key is no message, */
#define ANSWER 2     /* nor is what begins a session, unless it is tagged under the new key */
#define READS 4      /* the session reads which account is meant */
#define SETTLES 8    /* a new session settles silence, which is never "not done". Its answer has */
#define TAG 16       /* - the tag of the request that a touch allowed last, */
#define START 32     /* - a mark that changes when the key starts, */
#define MARK 64      /* - and when a touch allows a request, */
#define OUTCOME 128  /* - and how that request ended */
#define UNSURE 256   /* a change for which no touch was announced may be done without one */
#define FRESH 512    /* no gesture is shown when the key may have given it again, */
#define ONCE 1024    /* nor twice */
/* Rules of the key: */
#define TAGGED 2048  /* what is not tagged asks for nothing but a session */
#define RISING 4096  /* ids rise */
#define ENDS 8192    /* a new session ends the request that waits */
#define DRAWN 16384  /* no gesture is given twice while somebody may still make it */
#define SEALED 32768 /* codes are sealed to the session */

#include "rules.pml"

/* Which hold: agreement, consent, secrecy, nothing done after "not done". */
byte checks;
#define A 1
#define B 2
#define C 4
#define D 8
#define must(check, condition) assert(!(checks & (check)) || (condition))

/* How often: the owner asks, and his program loses patience; the key restarts; the person types a code; the
 * intruder begins a session, asks, sends half a line, takes a line of the key's, writes one to the owner's
 * program, sends the owner's last line again, and empties the port. */
byte owners, doubts, restarts, presses, begins, asks, halves, takes, again, writes, replays, flushes;

#define MALLORY 7 /* the intruder's sessions; the owner's are 1 to 6 */
#define PRESS 4   /* the gesture of `use`; the others are 1 to 3 */
#define OPEN 255  /* a code that anybody can read */
/* What is asked: the owner's first request is 1 (or 2, about another account), his second 3 (or 4). */
#define THEFT 8
#define CODE 9
#define LIST 10
#define number(asked) ((asked + 1) / 2)

mtype = { session, request, junk, ok, error, touch };
chan port = [2] of { mtype, byte, byte, byte }; /* to the key: whose tag, id, what is asked */
chan line = [3] of { mtype, byte, byte, byte }; /* from the key: whose tag, id, a number */

bool half;                   /* half a line is in the port */
bool done[3], failed[3];     /* the owner's requests that the key did; that were reported as not done */
bool small;                  /* the owner's request may need no touch */
byte r, mine, id, meant = 1; /* the owner's request, session, last id, and the account that he means */
byte hand, shown;            /* the gesture that he is about to make, and for which request */
byte sent_tag, sent_id, sent; /* the owner's last request, for one who sends it again */
bool aged;                   /* the key may have given the gesture of his request again */
byte cur, last, pending, wait_id, gesture, agreed, mark, outcome;
byte told[4];                /* gestures that were given: 1 not made, 2 made */
mtype k; byte t, i, n, g;    /* of no meaning between steps */
#define forget() k = 0; t = 0; i = 0; n = 0; g = 0

/* What the key says is lost if nobody takes it for long. */
inline say(what, whose, about, value) {
    printf("said %e %d %d %d\n", what, whose, about, value);
    if :: full(line) -> skip :: nfull(line) -> line!what, whose, about, value fi
}

#ifdef RULES /* Traces for a key, which does what it can; others seldom act, and not before the owner has asked. */
#define MAY_FAIL 0
byte chance;
active proctype Chance() { do :: chance = (chance + 1) % 8 od }
#define LATER (id > 2 && !chance)
#else
#define MAY_FAIL 1
#define LATER 1
#endif
#define ANSWERED (mark * 32 + outcome * 16 + agreed)
#define TOLD (!ON(SEALED) * OPEN)

inline does(asked, by_touch) {
    must(D, !failed[number(asked)]);
    must(B, !done[number(asked)] && (asked & 1) && (!by_touch || shown == number(asked)));
    done[number(asked)] = 1
}

inline ends() {
    if :: pending -> say(error, cur, wait_id, 0); pending = 0 :: else fi
}

inline asks_for_touch() {
    g = (n == CODE -> PRESS : 1);
    do
    :: g < PRESS && ON(DRAWN) && told[g] -> g++
    :: else -> break
    od;
    if
    :: g == PRESS && n != CODE -> say(error, t, i, 0)
    :: else ->
        pending = n; wait_id = i; gesture = g; told[g % PRESS] = 1; told[0] = 0;
        say(touch, t, i, g)
    fi
}

inline serves() {
    printf("do hear %e %d %d %d\n", k, t, i, n);
    if
    :: k == session ->
        if :: ON(ENDS) -> ends() :: else fi;
        cur = t; last = i; say(ok, t, i, ANSWERED)
    :: k == request && ((t && t == cur && (i > last || !ON(RISING))) || (!t && !ON(TAGGED))) ->
        last = (t -> i : last);
        if
        :: pending -> ends(); say(error, t, i, 0)
        :: !pending && n == LIST -> say(ok, t, i, 1)
        :: !pending && n < THEFT && small -> does(n, 0); say(ok, t, i, TOLD)
        :: !pending && n != LIST -> asks_for_touch()
        fi
    :: k == request && !t && n == LIST && ON(TAGGED) && !ON(READS) -> say(ok, 0, i, 1)
    :: else -> say(error, 0, !ON(PROVED) * i, 0)
    fi
}

/* A person makes the gesture g. */
inline touched() {
    printf("do touch %d\n", g);
    if
    :: pending && g == gesture ->
        told[g % PRESS] = 2; told[0] = 0;
        agreed = (ON(TAG) -> pending : 1); mark = mark + ON(MARK);
        if
        :: MAY_FAIL -> outcome = ON(OUTCOME); say(error, cur, wait_id, 0)
        :: outcome = 0; must(B | C, pending != THEFT);
            if :: pending < THEFT -> does(pending, 1) :: else fi;
            say(ok, cur, wait_id, TOLD)
        fi;
        pending = 0
    :: else -> ends()
    fi
}

#define lapses(one) atomic { told[one] && hand != one && !(pending && gesture == one) -> \
    if :: told[one] == 1 -> printf("owner ages\n"); aged = 1 :: else fi; told[one] = 0 }

proctype Key() {
    do
    :: atomic { port?k, t, i, n -> serves(); forget() }
    :: atomic { hand -> g = hand; hand = 0; touched(); forget() }
    :: atomic { LATER && presses -> presses--; g = PRESS; touched(); forget() }
    :: atomic { pending -> printf("do wait\n"); ends() } /* nobody has come */
    :: lapses(1)
    :: lapses(2)
    :: lapses(3)
    :: atomic { restarts -> restarts--; cur = 0; pending = 0; agreed = 0; outcome = 0; hand = 0;
        mark = (ON(START) -> mark + 1 : 0); told[1] = 0; told[2] = 0; told[3] = 0;
        do
        :: port?k, t, i, n
        :: line?k, t, i, n
        :: empty(port) && empty(line) -> break
        od;
        forget() }
    od
}

/* A line of the owner's program, which half a line before it spoils. */
inline sends(what, tag, asked) {
    id++;
    if :: half -> half = 0; port!junk(0, 250, 0) :: !half -> port!what, tag, id, asked fi
}

#define FOR_ALL (k == error && !i && !ON(PROVED))
#define OURS (i == id && (t == mine || !ON(PROVED)))
#define TAG_OF (ON(TAG) -> 2 * r - 2 + meant : 1)
#define KNOWN (n / 32 == before || (ON(TAG) && n % 16 && n % 16 <= 2 * r - 2))

inline ends_well() { printf("owner reports done\n"); must(A, done[r]) }
inline ends_badly() { printf("owner reports failed\n"); must(D, !done[r]); failed[r] = 1 }
inline unknown() { printf("owner reports unknown\n") }

/* What the answer to a new session says of the request before. */
inline settles() {
    if
    :: n % 16 == TAG_OF && !(n / 16 % 2) -> ends_well()
    :: n % 16 == TAG_OF && n / 16 % 2 -> ends_badly()
    :: n % 16 != TAG_OF && KNOWN && (announced || !small || !ON(UNSURE)) -> ends_badly()
    :: else -> unknown()
    fi
}

#define HEARS line?k, t, i, n -> printf("owner hears %e %d %d %d\n", k, t, i, n)
#define LOSES doubts && LATER -> doubts--; printf("owner doubts\n")

proctype Owner() {
    byte before; bool announced, settling;
BEGIN:
    atomic { nfull(port) && mine < MALLORY - 1 -> mine++; sends(session, mine, 0) };
    do
    :: atomic { HEARS;
        if
        :: k == ok && i == id && (t == mine || !ON(ANSWER)) ->
            if :: settling -> settles() :: else fi;
            before = n / 32; settling = 0; forget(); break
        :: FOR_ALL -> forget(); goto LEAVES
        :: else -> forget()
        fi }
    :: atomic { LOSES; if :: settling -> unknown() :: else fi; goto LEAVES }
    od;
NEXT:
    atomic {
        if
        :: r == owners -> goto LEAVES
        :: r < owners -> r++; announced = 0;
            if :: small = 0 :: small = 1 fi
        fi;
        if :: r > 1 -> goto ASK :: else fi };
    atomic { nfull(port) -> sends(request, ON(READS) * mine, LIST) };
    do
    :: atomic { HEARS;
        if
        :: k == ok && i == id && (t == mine || !ON(READS) || !ON(PROVED)) -> meant = n; forget(); break
        :: FOR_ALL || (k == error && OURS) -> forget(); goto LEAVES
        :: else -> forget()
        fi }
    :: atomic { LOSES; goto LEAVES }
    od;
ASK:
    atomic { nfull(port) -> aged = 0; printf("owner asks %d\n", small); sends(request, mine, 2 * r - 2 + meant);
        if :: replays -> sent_tag = mine; sent_id = id; sent = 2 * r - 2 + meant :: else fi };
    do
    :: atomic { HEARS;
        if
        :: k == ok && OURS -> ends_well(); forget(); goto NEXT
        :: FOR_ALL || (k == error && OURS) -> ends_badly(); forget(); goto NEXT
        :: k == touch && OURS && !(announced && ON(ONCE)) ->
            if
            :: aged && ON(FRESH) -> forget(); settling = 1; goto BEGIN
            :: else -> announced = 1; hand = n; shown = r; forget()
            fi
        :: else -> forget()
        fi }
    :: atomic { LOSES;
        if :: ON(SETTLES) -> settling = 1; goto BEGIN :: else -> ends_badly(); goto NEXT fi }
    od;
LEAVES: skip
}

#define any_id if :: i = id :: i = id + 1 fi
#define any_tag if :: t = 0 :: t = MALLORY fi

proctype Intruder() {
    mtype kept; byte kept_tag, kept_id, kept_number;
    do
    :: atomic { LATER && begins && nfull(port) -> begins--; any_id; port!session(MALLORY, i, 0); forget() }
    :: atomic { LATER && asks && nfull(port) -> asks--; any_id; any_tag;
        if :: n = THEFT :: n = CODE :: n = LIST fi;
        port!request(t, i, n); forget() }
    :: atomic { halves -> halves--; half = 1 }
    :: atomic { asks && nfull(port) -> asks--; port!junk(0, 0, 0) }
    :: atomic { LATER && takes && nempty(line) -> takes--; line?k, t, i, n; must(C, n != OPEN);
        if :: again -> kept = k; kept_tag = t; kept_id = i; kept_number = n :: else fi;
        forget() }
    :: atomic { again && kept && nfull(line) -> again--; line!kept(kept_tag, kept_id, kept_number) }
    :: atomic { writes && nfull(line) -> writes--; any_tag;
        if :: k = ok :: k = error :: k = touch fi;
        if :: n = 2 :: n = mark * 32 fi;
        line!k(t, id, n); forget() }
    :: atomic { replays && nfull(port) && sent -> replays--; port!request(sent_tag, sent_id, sent) }
    :: atomic { LATER && flushes -> flushes--; cur = 0; pending = 0; printf("do close\n") } /* it lets DTR fall */
    :: atomic { flushes -> flushes--;
        do
        :: port?k, t, i, n
        :: empty(port) -> break
        od;
        forget() }
    od
}

init {
    atomic {
        given(rules, RULES); given(checks, CHECKS); given(owners, OWNERS); given(doubts, DOUBTS);
        given(restarts, RESTARTS); given(presses, PRESSES); given(begins, BEGINS); given(asks, ASKS);
        given(halves, HALVES); given(takes, TAKES); given(again, AGAIN); given(writes, WRITES); given(replays, REPLAYS);
        given(flushes, FLUSHES);
        run Key(); run Owner(); run Intruder()
    }
}
