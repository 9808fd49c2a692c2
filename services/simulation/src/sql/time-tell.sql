-- Tells a session what time it is: $1 when its transaction began, $2 now.
SELECT set_config('sim.began', $1, false), set_config('sim.now', $2, false)
