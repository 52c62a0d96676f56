using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Generations;

/// <summary>Hashes of what parts are made of: the same content has the same name, wherever it stands.</summary>
internal static class ContentHash
{
    // Enough that two generations never share one by chance; short enough to type a prefix of.
    private const int Bytes = 16;

    /// <summary>The hash of some texts; where one ends and the next begins counts.</summary>
    public static string OfTexts(params IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);
        }
        return Name(hash.GetHashAndReset());
    }

    /// <summary>The hash of a file's bytes; <c>none</c> when there is no such file.</summary>
    public static string OfFile(string path)
    {
        if (!File.Exists(path)) return "none";
        using var stream = File.OpenRead(path);
        return Name(SHA256.HashData(stream));
    }

    private static string Name(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, Bytes));
}
