using System.Text;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>Both encodings of parameter values: whatever is decoded, encoded and decoded again is the same, and what is encoded is a word of a command line.</summary>
internal sealed class XtextTarget : FuzzTarget
{
    public override string Name => "xtext";

    public override IReadOnlyList<string> Words { get; } =
        ["+2B", "+3D", "+0A", "+c3+a9", "+C3+A9", "+", "=", "\\x{E9}", "\\x{2B}", "\\x{10FFFF}", "\\x{D800}", "\\x{", "}", "\\", "a@b.test", "\u00c3\u00a9", "+5Cx{E9}"];

    public override void Check(byte[] input)
    {
        if (Xtext.TryDecode(input, out var decoded))
        {
            Require(decoded.Length > 0 && !decoded.Any(char.IsControl), "a decoded value is empty or has control characters");
            CheckRoundTrip(decoded);
        }
        var text = Encoding.UTF8.GetString(input);
        if (Xtext.TryDecodeUnicode(text, out var unicode) && unicode.Length > 0 && !unicode.Any(char.IsControl))
        {
            var encoded = Xtext.EncodeUnicode(unicode);
            Require(IsWord(encoded), "an encoded address is no word");
            Require(Xtext.TryDecodeUnicode(encoded, out var again) && again == unicode, "an address of type utf-8, encoded and decoded, is another");
        }
        if (text.Length > 0 && !text.Any(char.IsControl)) CheckRoundTrip(text);
    }

    private static void CheckRoundTrip(string value)
    {
        var encoded = Xtext.Encode(value);
        Require(IsWord(encoded), "an encoded value is no word");
        Require(Xtext.TryDecode(Encoding.ASCII.GetBytes(encoded), out var again) && again == value, "a value, encoded and decoded, is another");
    }

    private static bool IsWord(string text) => text.All(c => c is > ' ' and < '\u007f' and not '=');
}
