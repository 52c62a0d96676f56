using System.Formats.Asn1;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>Writes a filter's text (RFC 4515) in the form of the wire (RFC 4511 §4.5.1).</summary>
internal static class LdapFilter
{
    private const int DeepestNesting = 50;

    /// <summary>A value that stands for itself in a filter's text (RFC 4515 §3).</summary>
    internal static string Quote(string value)
    {
        if (value.AsSpan().IndexOfAny("*()\\\0") < 0) return value;
        var quoted = new StringBuilder();
        foreach (var c in value)
        {
            if (c is '*' or '(' or ')' or '\\' or '\0') quoted.Append('\\').Append(((int)c).ToString("x2", null));
            else quoted.Append(c);
        }
        return quoted.ToString();
    }

    /// <exception cref="ConfigurationException">It is no filter.</exception>
    internal static void Write(string text, AsnWriter writer)
    {
        // Old files leave out the outer parentheses.
        var (filter, index) = (text.StartsWith('(') ? text : $"({text})", 0);
        WriteOne(filter, ref index, writer, 0);
        if (index != filter.Length) throw Mistake(filter, index, "more text behind the filter");
    }

    private static void WriteOne(string text, ref int index, AsnWriter writer, int depth)
    {
        if (depth > DeepestNesting) throw Mistake(text, index, "nested too deeply");
        Expect(text, ref index, '(');
        switch (index < text.Length ? text[index] : '\0')
        {
            case '&': WriteList(text, ref index, writer, depth, 0); break;
            case '|': WriteList(text, ref index, writer, depth, 1); break;
            case '!':
                index++;
                using (writer.PushSequence(Choice(2, true))) WriteOne(text, ref index, writer, depth + 1);
                break;
            default: WriteItem(text, ref index, writer); break;
        }
        Expect(text, ref index, ')');
    }

    private static void WriteList(string text, ref int index, AsnWriter writer, int depth, int choice)
    {
        index++;
        using var list = writer.PushSequence(Choice(choice, true));
        while (index < text.Length && text[index] == '(') WriteOne(text, ref index, writer, depth + 1);
    }

    private static void WriteItem(string text, ref int index, AsnWriter writer)
    {
        var end = text.IndexOfAny(['(', ')'], index);
        var item = text[index..(end < 0 ? text.Length : end)];
        var equals = item.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw Mistake(text, index, "an attribute and = are missing");
        var (attribute, value) = (item[..equals], item[(equals + 1)..]);
        var start = index;
        index += item.Length;
        if (attribute[^1] == ':') WriteExtensible(attribute[..^1], value, writer);
        else if (attribute[^1] is '>' or '<' or '~') WriteAssertion(attribute[^1] switch { '>' => 5, '<' => 6, _ => 8 }, attribute[..^1], value, writer);
        else if (value == "*") writer.WriteOctetString(Name(attribute), Choice(7, false));
        else if (value.Contains('*', StringComparison.Ordinal)) WriteSubstrings(attribute, value.Split('*'), writer);
        else WriteAssertion(3, attribute, value, writer);

        void WriteAssertion(int choice, string name, string assertion, AsnWriter to)
        {
            using var pair = to.PushSequence(Choice(choice, true));
            to.WriteOctetString(Name(name));
            to.WriteOctetString(Value(text, start, assertion));
        }

        void WriteSubstrings(string name, string[] parts, AsnWriter to)
        {
            using var pair = to.PushSequence(Choice(4, true));
            to.WriteOctetString(Name(name));
            using var list = to.PushSequence();
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i].Length > 0) to.WriteOctetString(Value(text, start, parts[i]), Choice(i == 0 ? 0 : i == parts.Length - 1 ? 2 : 1, false));
            }
        }

        // attribute:dn:rule:=value (RFC 4515 §3, extensible)
        void WriteExtensible(string left, string assertion, AsnWriter to)
        {
            var names = left.Split(':');
            var isOfName = names.Skip(1).Any(name => name.Equals("dn", StringComparison.OrdinalIgnoreCase));
            var rule = names.Skip(1).FirstOrDefault(name => !name.Equals("dn", StringComparison.OrdinalIgnoreCase));
            using var assertionOfRule = to.PushSequence(Choice(9, true));
            if (rule is { Length: > 0 }) to.WriteOctetString(Name(rule), Choice(1, false));
            if (names[0].Length > 0) to.WriteOctetString(Name(names[0]), Choice(2, false));
            to.WriteOctetString(Value(text, start, assertion), Choice(3, false));
            if (isOfName) to.WriteBoolean(true, Choice(4, false));
        }
    }

    private static byte[] Name(string attribute) => Encoding.UTF8.GetBytes(attribute.Trim());

    private static byte[] Value(string text, int index, string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(value);
        using var bytes = new MemoryStream();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\')
            {
                var length = char.IsHighSurrogate(value[i]) && i + 1 < value.Length ? 2 : 1;
                bytes.Write(Encoding.UTF8.GetBytes(value, i, length));
                i += length - 1;
                continue;
            }
            if (i + 2 >= value.Length || !char.IsAsciiHexDigit(value[i + 1]) || !char.IsAsciiHexDigit(value[i + 2])) throw Mistake(text, index, "\\ needs two hexadecimal digits");
            bytes.WriteByte(Convert.FromHexString(value.AsSpan(i + 1, 2))[0]);
            i += 2;
        }
        return bytes.ToArray();
    }

    private static Asn1Tag Choice(int number, bool isConstructed) => new(TagClass.ContextSpecific, number, isConstructed);

    private static void Expect(string text, ref int index, char c)
    {
        if (index >= text.Length || text[index] != c) throw Mistake(text, index, $"'{c}' is missing");
        index++;
    }

    private static ConfigurationException Mistake(string text, int index, string what) => new($"the filter '{text}' is wrong at character {index + 1}: {what}");
}
