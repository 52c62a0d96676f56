using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>Addresses as filters write them: with or without angle brackets, the local part perhaps in quotes. Pure.</summary>
internal static class FilterAddress
{
    internal static Address Read(string text)
    {
        text = text.Trim();
        if (text.StartsWith('<') && text.EndsWith('>')) text = text[1..^1];
        if (!text.StartsWith('"')) return Address.FromInternal(text);
        var local = new StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"') return new Address(local.ToString(), i + 1 < text.Length && text[i + 1] == '@' ? text[(i + 2)..] : "");
            if (text[i] == '\\' && i + 1 < text.Length) i++;
            local.Append(text[i]);
        }
        return Address.FromInternal(text);
    }

    internal static string Write(Address address) => $"<{address.ToEnvelope()}>";
}
