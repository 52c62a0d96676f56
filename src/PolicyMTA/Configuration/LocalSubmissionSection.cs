using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary><c>[local_submission]</c>.</summary>
/// <param name="IsEnabled">Whether anything is picked up.</param>
/// <param name="Folder">Where users put their mail.</param>
/// <param name="Mode">The folder's mode.</param>
internal sealed record LocalSubmissionSection(bool IsEnabled, string Folder, UnixFileMode Mode)
{
    /// <summary>What the folder is called, beside the configuration, when nothing is said.</summary>
    public const string DefaultFolder = "maildrop";

    private const int AllBits = 0xfff;

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">The mode is none.</exception>
    public static LocalSubmissionSection From(Parameters section) =>
        new(section.Boolean("enabled"), section.FilePath("folder") ?? Path.Combine(section.Root, DefaultFolder), ReadMode(section.Text("mode")));

    private static UnixFileMode ReadMode(string text)
    {
        var bits = 0;
        foreach (var digit in text) bits = digit is >= '0' and <= '7' && bits <= AllBits ? bits * 8 + (digit - '0') : int.MaxValue;
        // Without its owner's rights the server itself could not use it.
        return text.Length is >= 3 and <= 4 && bits <= AllBits && (bits & 0x1c0) == 0x1c0
            ? (UnixFileMode)bits
            : throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"mode in [local_submission] is '{text}'; write a folder's mode such as 2770 or 3773"));
    }
}
