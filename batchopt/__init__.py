"""The job layer of batchopt: tables of problems in, tables of results out."""
