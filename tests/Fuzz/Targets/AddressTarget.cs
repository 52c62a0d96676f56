using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// Mailboxes and paths. What is read, written and read again is the same; strict is never wider than not strict; a mailbox of ASCII is exactly what the grammar of
/// RFC 5321 §4.1.2, here as a regular expression, says.
/// </summary>
internal sealed partial class AddressTarget : FuzzTarget
{
    private static readonly SearchValues<char> InNoDomain = SearchValues.Create(" <>@\"\\,:;()");

    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    public override string Name => "address";

    public override IReadOnlyList<string> Words { get; } =
    [
        "a@b.test", "<a@b.test>", "<>", "<postmaster>", "<@a.test,@b.test:c@d.test>", "\"", "\"a b\"@c.test", "\\", "\\\"", "@", ".", "..", "[192.0.2.1]", "[IPv6:2001:db8::1]", "xn--nxasmq6b", "-", "_",
        "\u00c3\u00a9", "\u00ce\u0091.test", "\u00e3\u0080\u0082", "\u00e2\u0080\u008d", "\u00cc\u0081", "\u00f0\u009f\u0098\u0080", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "label.", "<", ">", " ", ":", ",",
    ];

    public override void Check(byte[] input)
    {
        CheckMailbox(input);
        var text = Encoding.UTF8.GetString(input);
        foreach (var allowsNull in new[] { true, false })
        {
            var isStrict = AddressSyntax.TryParsePath(input, isStrict: true, allowsNull, out var strict);
            var isRead = AddressSyntax.TryParsePath(input, isStrict: false, allowsNull, out var address);
            Require(!isStrict || (isRead && address == strict), "strict reads what lenient does not, or otherwise");
            if (!isRead) continue;
            Require(allowsNull || !address.IsNull, "the null address is read where it may not stand");
            CheckAddress(address);
            Require(AddressSyntax.TryParsePath(Encoding.UTF8.GetBytes($"<{address.ToEnvelope()}>"), isStrict: false, allowsNull, out var again) && again == address, "a path, written and read again, is another");
            Require(address.Domain.Length == 0 || text.Contains(address.Domain, StringComparison.Ordinal), "the domain is not the one given");
        }
    }

    private static void CheckMailbox(byte[] input)
    {
        var isMailbox = AddressSyntax.TryParseMailbox(input, out var mailbox);
        if (Ascii.IsValid(input) && !input.Contains((byte)'[')) Require(isMailbox == IsMailbox(Encoding.ASCII.GetString(input)), "a mailbox of ASCII, and RFC 5321 says otherwise");
        if (!isMailbox) return;
        CheckAddress(mailbox);
        Require(mailbox.Domain.Length > 0 && mailbox.Local.Length > 0 || input.AsSpan().StartsWith("\"\"@"u8), "a mailbox lacks a part");
        if (mailbox.ToEnvelope().Length <= input.Length) Require(AddressSyntax.TryParseMailbox(mailbox.ToEnvelope(), out var again) && again == mailbox, "a mailbox, written and read again, is another");
    }

    private static void CheckAddress(Address address)
    {
        Require(!address.ToString().Any(char.IsControl), "an address has control characters");
        if (address.Domain.Length == 0 || address.Domain[0] == '[') return;
        Require(!address.Domain.AsSpan().ContainsAny(InNoDomain), "a domain has what no domain has");
        var ascii = Ascii.IsValid(address.Domain) ? address.Domain : Idn.GetAscii(address.Domain);
        Require(ascii.Length <= 253 && ascii.Split('.').All(label => label.Length is > 0 and <= 63), "a domain is too long for DNS");
    }

    private static bool IsMailbox(string text)
    {
        if (text.Length > 254 || !Mailbox().IsMatch(text)) return false;
        var at = text.LastIndexOf('@');
        return at <= 64 && text.Length - at - 1 <= 253;
    }

    [GeneratedRegex("""\A(?:[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]+)*|"(?:[ !#-\[\]-~]|\\[ -~])*")@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\z""")]
    private static partial Regex Mailbox();
}
