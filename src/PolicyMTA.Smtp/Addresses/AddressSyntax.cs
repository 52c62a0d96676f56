using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>The grammar of addresses: RFC 5321 §4.1.2 with RFC 6531.</summary>
public static class AddressSyntax
{
    /// <summary>Reads <c>local@domain</c> strictly, lengths included; the local part may be quoted.</summary>
    public static bool TryParseMailbox(ReadOnlySpan<byte> text, out Address address) => throw new NotImplementedException();

    /// <inheritdoc cref="TryParseMailbox(ReadOnlySpan{byte}, out Address)"/>
    public static bool TryParseMailbox(string text, out Address address) => throw new NotImplementedException();
}
