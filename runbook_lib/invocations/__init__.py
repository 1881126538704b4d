"""Log lines become invocations, bursts, a pattern and ranked causes; pure questions over facts."""
