using System.Text;

namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>PLAIN (RFC 4616).</summary>
internal sealed class PlainExchange(Login login) : SaslExchange
{
    public override byte[] Start() => Encoding.UTF8.GetBytes($"\0{login.User}\0{login.Password}");

    // A server that did not take it with AUTH asks with an empty challenge.
    public override byte[]? Answer(ReadOnlySpan<byte> challenge) => challenge.IsEmpty ? Start() : null;
}
