/* What a touch allows for longer, in time: docs/concepts/consent.md. Two programs have one port, and each may begin
 * a session; a person touches the button. Cryptography and gestures are those of channel.pml.
 *
 * A unit is 4.1 s, so that no limit of that page ends within an event. Each event, and what the key says to it, is
 * printed, and replay.py does the same to a simulated key.
 */
#define SESSIONS 1 /* a request is of the session */
#define ENDING 2   /* a new session ends what the one before was allowed */
#define MINUTES 4  /* small changes end after five minutes, */
#define IDLE 8     /* and everything after a minute without a request */
#define ONE_KEY 16 /* an export is allowed for one key */
#define CALM 32    /* after a wrong gesture nothing that wants one is taken for ten seconds */
#include "rules.pml"

#define WAITS 8    /* so many units a request waits; */
#define DEAD 3     /* the button is dead after one that ended; */
#define QUIET 15   /* make a minute without a request; */
#define LAST 73    /* are left of five minutes when a gesture was made; */
#define FORGET 30  /* until each gesture may be given again */
#define MOST 4     /* gestures that are left in that time, whatever was drawn */

#ifdef RULES
#define COUNTED 1
#else
#define COUNTED 0 /* whatever was drawn, the rules are the same */
#endif

mtype = { use, small, change, access, export_a, export_b, session, hello, touch, ok, busy, calm, no_session,
    not_agreed, press_timeout, right, wrong, hold, wait, reopen };

byte owner;                /* the program that has the session; 0: none */
mtype waits, exported, asked;
byte waited, dead, quiet, changes, gestures, late;
bool refuses, wrong_last;
byte since = LAST + 9;     /* units since a change was agreed to in this session */
mtype agreed_export;       /* the export that was agreed to in this session */

#define say(request, what) printf("said %e %e\n", request, what)
#define does(what, program, request) printf("do %e %d %e\n", what, program, request)
#define less(left, units) left = (left > (units) -> left - (units) : 0)
#define is_export(request) (request == export_a || request == export_b)
#define allowed ((asked == small && changes) || (is_export(asked) && exported && (exported == asked || !ON(ONE_KEY))))

inline stops(why) {
    waits = 0; waited = 0; dead = DEAD; wrong_last = (why == not_agreed); refuses = ON(CALM) && wrong_last
}

inline ends(why) {
    if :: waits -> say(waits, why); stops(why) :: else fi
}

inline passes(units) {
    quiet = (quiet + units < QUIET -> quiet + units : QUIET);
    since = (since + units < LAST + 9 -> since + units : LAST + 9);
    if :: ON(MINUTES) -> less(changes, units) :: else fi;
    if
    :: waits && waited + units >= WAITS ->
        late = waited + units - WAITS; ends(press_timeout); less(dead, late); late = 0
    :: else -> less(dead, units); waited = (waits -> waited + units : 0)
    fi;
    if :: quiet == QUIET && ON(IDLE) -> changes = 0; exported = 0 :: else fi;
    refuses = refuses && dead;
    gestures = (units >= FORGET -> 0 : gestures)
}

inline begins(program) {
    owner = program; since = LAST + 9; agreed_export = 0;
    if :: ON(ENDING) -> changes = 0; exported = 0 :: else fi
}

inline asks(program, request) {
    asked = request; does(asked, program, asked);
    if
    :: program != owner && (ON(SESSIONS) || !owner) -> say(asked, no_session)
    :: else ->
        assert(program == owner);
        if
        :: waits -> ends(busy); say(asked, busy)
        :: !waits && allowed ->
            assert(asked != small || (since <= LAST && quiet < QUIET));
            assert(asked == small || (agreed_export == asked && quiet < QUIET));
            say(asked, ok)
        :: !waits && !allowed && refuses -> say(asked, calm)
        :: !waits && !allowed && !refuses -> assert(!dead || !wrong_last);
            say(asked, touch); waits = asked; waited = 0; gestures = gestures + COUNTED * (asked != use)
        fi;
        quiet = 0
    fi;
    passes(1)
}

inline makes() {
    does(right, 0, waits); say(waits, ok); asked = waits; waits = 0; waited = 0; quiet = 0;
    passes((asked == use -> 1 : 2));
    /* The key takes it like a request, right before the last unit. */
    quiet = 1;
    if
    :: asked == small || asked == change -> changes = LAST; since = 1
    :: is_export(asked) -> exported = asked; agreed_export = asked
    :: else
    fi
}

inline fails(how) { does(how, 0, 0); ends(not_agreed); passes(1) }

#define lets_pass(units) atomic { printf("do wait %d 0\n", units); passes(units) }

#define may_ask(program) (program != owner || waits || gestures < MOST)

active proctype Everybody() {
    byte p;
    given(rules, RULES);
    do
    :: atomic {
        if :: p = 1 :: p = 2 fi;
        if
        :: does(session, p, 0); ends(no_session); begins(p); quiet = 0; say(session, ok); passes(1)
        :: asks(p, use)
        :: may_ask(p) -> asks(p, small)
        :: may_ask(p) -> asks(p, change)
        :: may_ask(p) -> asks(p, access)
        :: may_ask(p) -> asks(p, export_a)
        :: may_ask(p) -> asks(p, export_b)
        fi;
        p = 0 }
    :: atomic { does(hello, 1, 0); say(hello, ok); quiet = 0; passes(1) }
    :: atomic { does(reopen, 0, 0);
        if :: waits -> stops(busy) :: else fi;
        begins(0); passes(1) }
    :: atomic { waits && waited < WAITS - 1 -> makes() }
    :: atomic { waits || dead -> fails(wrong) }
    :: atomic { waits || dead -> fails(hold) }
    :: lets_pass(1)
    :: lets_pass(3)
    :: lets_pass(12)
    :: atomic { printf("do wait %d 0\n", FORGET); passes(FORGET); assert(!waits && !dead && !exported && !changes) }
    od
}
