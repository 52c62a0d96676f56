using System.Globalization;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Commands;

/// <summary>What <c>keygen</c> is asked for. An immutable value.</summary>
internal sealed record KeyGeneration(string Domain, string Selector, string Folder, int Bits)
{
    // RFC 8301 §3.2: at least 1024 bits, and 2048 are recommended. Longer ones fit no UDP answer.
    private const int Usual = 2048, Least = 1024, Most = 4096;

    private bool IsEd25519 => Bits == 0;

    /// <exception cref="FormatException">The words ask for nothing that can be made.</exception>
    internal static KeyGeneration Parse(IReadOnlyList<string> words)
    {
        var (names, folder, bits, isEd25519) = (new List<string>(), "dkim", Usual, false);
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--ed25519":
                    isEd25519 = true;
                    break;
                case "--bits" when i + 1 < words.Count:
                    if (!int.TryParse(words[++i], NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits is < Least or > Most) throw new FormatException($"--bits takes a number between {Least} and {Most}");
                    break;
                case "--folder" when i + 1 < words.Count:
                    folder = words[++i];
                    break;
                case ['-', ..]:
                    throw new FormatException($"there is no {words[i]}, or its value is missing");
                default:
                    names.Add(words[i]);
                    break;
            }
        }
        if (names is not [var domain, var selector]) throw new FormatException("keygen takes a domain and a selector");
        if (!HostName.IsQualified(domain)) throw new FormatException($"'{domain}' is no domain name");
        // RFC 6376 §3.1: a selector is labels of a name; here it is a file's name too.
        return HostName.IsValid(selector) ? new KeyGeneration(domain.ToLowerInvariant(), selector.ToLowerInvariant(), folder, isEd25519 ? 0 : bits) : throw new FormatException($"'{selector}' is no selector: letters, digits, hyphens, dots");
    }

    internal async ValueTask RunAsync(Func<string, string> fullPath, TextWriter output)
    {
        var pem = IsEd25519 ? NewKey.Ed25519() : NewKey.Rsa(Bits);
        using var key = SigningKey.Parse(pem);
        var relative = Path.Combine(Folder, $"{Selector}.private");
        Write(fullPath(relative), pem);
        await output.WriteLineAsync($"""
            ; {relative} holds the key. Publish this, wait until `policymta dkim check` finds it, then sign with it:
            {KeyRecord.ZoneLine(Domain, Selector, KeyRecord.Of(key))}
            ; KeyTable:     {Selector}.{Domain} {Domain}:{Selector}:{relative}
            ; SigningTable: *@{Domain} {Selector}.{Domain}
            """);
    }

    // Never over a key that mail is signed with, and never where others could read it for a moment.
    private static void Write(string path, string pem)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            using var writer = new StreamWriter(file);
            writer.Write(pem + "\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: {error.Message}", error);
        }
    }
}
