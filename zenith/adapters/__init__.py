"""Optimizers of other libraries, adapted to the table of methods.

On a library's class, with what it lacks put right: `cocob` (parameterfree), `dadaptation`, `prodigy`, `schedule_free`,
`muon`, `soap` (pytorch_optimizer). Written here, because nearly every line of the library's would have had to be
replaced: `dog`, `alig`, `sam`. `driven` is the ZENITH rule on AdamW and Muon.

Nothing is imported here: each module needs its library (the extra ``baselines``) only when it is used.
"""
