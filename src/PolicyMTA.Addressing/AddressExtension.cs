namespace PolicyMTA.Addressing;

internal static class AddressExtension
{
    /// <summary>Where the delimiter stands that ends the user's name; -1 when there is none (Postfix split_addr.c).</summary>
    internal static int Find(string local, string delimiters)
    {
        if (delimiters.Length == 0) return -1;
        // Names that the mail system itself uses are never split.
        if (local.Equals("postmaster", StringComparison.OrdinalIgnoreCase)
            || local.Equals("mailer-daemon", StringComparison.OrdinalIgnoreCase)
            || local.Equals("double-bounce", StringComparison.OrdinalIgnoreCase)) return -1;
        // With the delimiter "-" a list's owner-foo and foo-request are names, not extensions.
        if (delimiters.Contains('-', StringComparison.Ordinal)
            && (local.StartsWith("owner-", StringComparison.OrdinalIgnoreCase) || local.EndsWith("-request", StringComparison.OrdinalIgnoreCase))) return -1;
        var at = local.AsSpan().IndexOfAny(delimiters);
        return at > 0 ? at : -1;
    }
}
