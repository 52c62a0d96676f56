using CsCheck;

namespace PolicyMTA.Smtp.Tests;

/// <summary>Octets in which what is special on the wire is frequent.</summary>
internal static class WireText
{
    private static readonly Gen<string> Piece = Gen.OneOf<string>(
        "\r\n", "\r\n", "\r", "\n", ".", ".", "\0", "a", "word", "\r\n.\r\n", "\n.\n", "\r\n.", "Received: x", "\u00e9");

    public static Gen<byte[]> Octets { get; } = Piece.Array[0, 24].Select(pieces => Bytes.Of(string.Concat(pieces)));
}
