"""What VPC Reachability Analyzer is asked and what it answers, over facts alone."""
