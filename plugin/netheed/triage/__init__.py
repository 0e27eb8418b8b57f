"""Which scored windows the analyst sees, and why."""
