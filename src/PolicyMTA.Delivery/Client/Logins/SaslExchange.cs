namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>The client's side of one mechanism (RFC 4422 §3), for one login.</summary>
internal abstract class SaslExchange
{
    /// <summary>What goes with AUTH itself; null: the server speaks first.</summary>
    public virtual byte[]? Start() => null;

    /// <summary>The answer to a challenge; null when it makes no sense, and the login is given up.</summary>
    public abstract byte[]? Answer(ReadOnlySpan<byte> challenge);

    /// <summary>True when the server's word that the login is good may be taken.</summary>
    public virtual bool IsProven => true;

    /// <summary>One for the mechanism by its name.</summary>
    public static SaslExchange Create(string mechanism, Login login) => mechanism switch
    {
        "SCRAM-SHA-256" => ScramExchange.Sha256(login),
        "SCRAM-SHA-1" => ScramExchange.Sha1(login),
        "CRAM-MD5" => new CramMd5Exchange(login),
        "PLAIN" => new PlainExchange(login),
        "LOGIN" => new LoginExchange(login),
        _ => throw new InvalidOperationException($"no mechanism {mechanism}"),
    };
}
