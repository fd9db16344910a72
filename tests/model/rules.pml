/* How the models are told which rules hold: from the environment for `pan`, by -DRULES for `spin` itself. */
int rules;
#define ON(rule) ((rules & (rule)) != 0)
#ifdef RULES
#define given(variable, value) variable = value
#else
#define given(variable, value) c_code { now.variable = atoi(getenv(#variable)); }
#endif
