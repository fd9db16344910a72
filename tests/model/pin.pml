/* The PIN of a locked key in setup: docs/guide/pin.md. A person enters it with the button, whatever a program asks
 * for meanwhile; or a program sends one and the person makes the gesture for it. An event takes 15.5 s (replay.py).
 */
#define EIGHT 1     /* tries in all, */
#define THREE 2     /* and so many each time the key has power */
#define DELAYS 4    /* later tries wait */
#define HOLD 8      /* on a locked key a gesture begins with a hold: a press before it is a digit, */
#define DIGIT 16    /* which ends the request */
#define ENTERING 32 /* while a PIN is entered no request is taken that wants a touch */
#include "rules.pml"
#define DIGITS 2    /* of the PIN, and counts of a gesture: let them be the same */

mtype = { replug, wait, lock, enter, agree, right, wrong };
bool open = 1, asked, held; /* asked: a program's wrong PIN waits for its gesture */
byte all, here, units;      /* wrong tries in all, and since the key has power; events since the last try */
byte guesses, at_once, matched, digits, at;

#define does(event, number, pin) printf("do %e %d %e\n", event, number, pin)
#define is_locked (!open && all < 8)
#define waits_for(tried) (tried == 7 -> 3 : (tried == 6 -> 2 : 1))
#define passes() units = (units < 3 -> units + 1 : 3)

inline tries(pin) {
    if
    :: (here == 3 && ON(THREE)) || (units < waits_for(all) && ON(DELAYS)) /* not tried */
    :: else -> assert(units >= waits_for(guesses)); units = 0;
        if
        :: pin == right -> open = 1; all = 0; here = 0; guesses = 0; at_once = 0
        :: pin == wrong -> all = all + (ON(EIGHT) || all < 7); here = here + (here < 3);
            guesses++; at_once++; assert(guesses <= 8 && at_once <= 3)
        fi
    fi
}

/* A person enters the PIN; a program asks before that digit, if there is one. */
inline enters(before, pin) {
    does(enter, before, pin); passes(); at = before;
    do
    :: digits <= DIGITS ->
        if :: digits == at -> at = 9; asked = !digits || !ON(ENTERING); held = asked && !ON(HOLD) :: else fi;
        if
        :: digits == DIGITS && asked -> held = 1; digits = 0 /* the hold is not the PIN's: the person starts over */
        :: digits == DIGITS && !asked -> tries(pin); break
        :: digits < DIGITS -> digits++; matched = matched + held; asked = asked && (held || !ON(DIGIT));
            assert(matched < DIGITS) /* nobody agreed to this */
        fi
    od;
    digits = 0; asked = 0; held = 0; matched = 0; at = 0
}

#define says() printf("said %d %d\n", open, all)

active proctype Everybody() {
    given(rules, RULES);
    do
    :: atomic { does(replug, 0, 0); open = 0; here = 0; units = 0; at_once = 0; says() }
    :: atomic { does(wait, 0, 0); units = 3; says() }
    :: atomic { open -> does(lock, 0, 0); open = 0; passes(); says() }
    :: atomic { is_locked -> enters(0, right); says() }
    :: atomic { is_locked -> enters(1, wrong); says() }
    :: atomic { is_locked -> enters(DIGITS, right); says() }
    :: atomic { is_locked -> enters(9, wrong); says() }
    :: atomic { is_locked -> does(agree, 0, right); passes(); tries(right); says() }
    :: atomic { is_locked -> does(agree, 0, wrong); passes(); tries(wrong); says() }
    od
}
