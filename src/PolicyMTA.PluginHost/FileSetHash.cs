using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.PluginHost;

/// <summary>Names a set of files by their relative names and contents.</summary>
internal static class FileSetHash
{
    /// <summary>Half of SHA-256: short enough for a folder's name, and nobody gains by a collision who can write there anyway.</summary>
    private const int Characters = 32;

    public static async Task<string> ComputeAsync(string folder, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            await using var stream = File.OpenRead(Path.Combine(folder, file));
            var content = await SHA256.HashDataAsync(stream, cancellationToken);
            hash.AppendData(Encoding.UTF8.GetBytes(file));
            hash.AppendData([0]);
            hash.AppendData(content);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Characters];
    }
}
