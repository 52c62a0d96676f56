using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>What Dovecot says of itself before the first request: <c>VERSION</c>, <c>MECH</c> for each mechanism, <c>SPID</c>, <c>DONE</c>.</summary>
internal sealed class AuthHandshake
{
    // Dovecot knows about 20.
    private const int MechanismLimit = 64;
    private const int LineLimit = 256;
    private const string Major = "1";

    private readonly List<SaslMechanism> _mechanisms = [];
    private bool _hasVersion;
    private int _lines;

    internal IReadOnlyList<SaslMechanism> Mechanisms => _mechanisms;

    /// <summary>Takes a line; true when it was the last.</summary>
    /// <exception cref="InvalidDataException">This is no auth service that we can talk to.</exception>
    internal bool Take(string line)
    {
        if (++_lines > LineLimit) throw new InvalidDataException("the handshake does not end");
        var fields = AuthLine.Split(line);
        switch (fields[0])
        {
            case "VERSION":
                if (fields.Length < 2 || fields[1] != Major) throw new InvalidDataException("another major version of the auth protocol");
                _hasVersion = true;
                return false;
            case "MECH":
                if (Mechanism(fields) is { } mechanism && _mechanisms.Count < MechanismLimit && _mechanisms.TrueForAll(m => m.Name != mechanism.Name)) _mechanisms.Add(mechanism);
                return false;
            case "DONE":
                return _hasVersion ? true : throw new InvalidDataException("no version");
            default:
                return false; // SPID, CUID, COOKIE, and what is to come
        }
    }

    /// <summary>Null for one that is not for clients, or whose name is none (RFC 4422 §3.1).</summary>
    private static SaslMechanism? Mechanism(string[] fields)
    {
        if (fields.Length < 2 || fields[1].Length is 0 or > 20 || !fields[1].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) return null;
        var flags = fields.AsSpan(2);
        if (flags.Contains("private")) return null;
        return new SaslMechanism(fields[1].ToUpperInvariant(), flags.Contains("plaintext"), flags.Contains("anonymous"))
        {
            IsOpenToActiveAttack = flags.Contains("active"),
            IsOpenToDictionaryAttack = flags.Contains("dictionary"),
            HasForwardSecrecy = flags.Contains("forward-secrecy"),
            IsMutual = flags.Contains("mutual-auth"),
        };
    }
}
