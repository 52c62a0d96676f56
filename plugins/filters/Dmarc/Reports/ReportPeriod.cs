namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>What one report is about: the domain whose policy applied, and from when to when, in seconds since 1970. An immutable value.</summary>
internal sealed record ReportPeriod(string Domain, long Begin, long End);
