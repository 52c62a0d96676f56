using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>Reads the right-hand side of an alias: addresses with commas or white space between them.</summary>
internal static class AliasTargets
{
    internal static List<Address> Read(AddressMatch match, Address alias, AddressResolver resolver)
    {
        var targets = new List<Address>();
        foreach (var text in Split(match.Value)) targets.Add(ReadOne(text, match.UnmatchedExtension, alias, resolver));
        return targets;
    }

    private static Address ReadOne(string text, string extension, Address alias, AddressResolver resolver)
    {
        // "@other.example" keeps the whole local part, extension included.
        if (text.StartsWith('@')) return new Address(alias.Local, text[1..]);
        var address = resolver.Rewrite(Address.FromInternal(text));
        return extension.Length == 0 ? address : address with { Local = address.Local + extension };
    }

    private static List<string> Split(string value)
    {
        var texts = new List<string>();
        var text = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\\' && isQuoted && i + 1 < value.Length) text.Append(value[++i]);
            else if (c == '"') isQuoted = !isQuoted;
            else if (!isQuoted && (c == ',' || char.IsWhiteSpace(c))) Flush(texts, text);
            else if (isQuoted || c is not ('<' or '>')) text.Append(c);
        }
        Flush(texts, text);
        return texts;
    }

    private static void Flush(List<string> texts, StringBuilder text)
    {
        if (text.Length > 0) texts.Add(text.ToString());
        text.Clear();
    }
}
