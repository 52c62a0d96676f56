namespace PolicyMTA.Logging;

/// <summary>The facilities of RFC 3164 §4.1.1 by their usual names.</summary>
internal static class Facilities
{
    private const int Mail = 2;
    private const int FirstLocal = 16;
    private static readonly Dictionary<string, int> Codes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["kern"] = 0, ["user"] = 1, ["mail"] = Mail, ["daemon"] = 3, ["auth"] = 4, ["syslog"] = 5, ["lpr"] = 6, ["news"] = 7, ["uucp"] = 8, ["cron"] = 9, ["authpriv"] = 10, ["ftp"] = 11,
    };

    /// <summary>The facility's code; <c>mail</c> for a name that is none.</summary>
    public static int Find(string name)
    {
        if (Codes.TryGetValue(name, out var code)) return code;
        return name.Length == 6 && name.StartsWith("local", StringComparison.OrdinalIgnoreCase) && name[5] is >= '0' and <= '7' ? FirstLocal + name[5] - '0' : Mail;
    }
}
