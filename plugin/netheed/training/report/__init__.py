"""What `netheed evaluate` writes: sections of tables and pictures, computed from kept results."""
