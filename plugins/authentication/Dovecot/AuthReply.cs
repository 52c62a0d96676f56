using System.Globalization;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>What Dovecot answers to a request. A closed set of immutable values.</summary>
internal abstract record AuthReply
{
    private AuthReply() { }

    /// <summary>The mechanism goes on: the client is to answer this.</summary>
    internal sealed record Continue(byte[] Challenge) : AuthReply;

    /// <summary>Logged in; <paramref name="Last"/> is what the mechanism still has to say to the client.</summary>
    internal sealed record Ok(string User, byte[] Last) : AuthReply;

    /// <summary>Not logged in.</summary>
    internal sealed record Fail(string? User, string? Reason, bool IsTemporary) : AuthReply;

    /// <summary>Reads a line after the handshake; false for one that answers no request.</summary>
    internal static bool TryParse(string line, out uint id, out AuthReply reply)
    {
        (id, reply) = (0, new Fail(null, null, IsTemporary: true));
        var fields = AuthLine.Split(line);
        if (fields.Length < 2 || fields[0] is not ("OK" or "CONT" or "FAIL")) return false;
        if (!uint.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out id)) return false;
        reply = fields[0] switch
        {
            "OK" => Accepted(fields),
            "CONT" => Decode(fields.Length > 2 ? fields[2] : "") is { } challenge ? new Continue(challenge) : Broken("a challenge that is no base64"),
            _ => Refused(fields),
        };
        return true;
    }

    private static AuthReply Accepted(string[] fields)
    {
        // Dovecot's extra field: right password, but this account may not log in.
        if (fields.AsSpan(2).Contains("nologin")) return new Fail(Printable(Value(fields, "user")), "the account may not log in", IsTemporary: false);
        if (Value(fields, "user") is not { Length: > 0 } user) return Broken("a login without a user");
        // It goes into fields of messages and into the log.
        if (user.Any(char.IsControl)) return Broken("a user with control characters");
        return Decode(Value(fields, "resp") ?? "") is { } last ? new Ok(user, last) : Broken("a last word that is no base64");
    }

    private static Fail Refused(string[] fields)
    {
        var code = Value(fields, "code");
        var isTemporary = fields.AsSpan(2).Contains("temp") || code == "temp_fail";
        var reason = Value(fields, "reason") ?? (isTemporary ? "temporary failure" : code) ?? Array.Find(fields, f => f is "authz" or "user_disabled" or "pass_expired");
        return new Fail(Printable(Value(fields, "user")), Printable(reason), isTemporary);
    }

    private static Fail Broken(string reason) => new(null, reason, IsTemporary: true);

    private static string? Value(string[] fields, string name) =>
        Array.Find(fields, f => f.StartsWith(name, StringComparison.Ordinal) && f.Length > name.Length && f[name.Length] == '=')?[(name.Length + 1)..];

    private static string? Printable(string? text) => text is null ? null : string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private static byte[]? Decode(string base64)
    {
        var buffer = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, buffer, out var length) ? buffer[..length] : null;
    }
}
