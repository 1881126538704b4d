"""What people and machines get to see of a run: tables, figures, reports, evidence bundles."""
