namespace PolicyMTA.Filters.Dmarc;

/// <summary>A record and the domain that published it. An immutable value.</summary>
internal sealed record PublishedPolicy(string Domain, DmarcRecord Record);
