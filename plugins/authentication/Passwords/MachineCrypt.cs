using System.Runtime.InteropServices;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>
/// crypt(3) of the machine, for what only it knows: traditional and extended DES, and yescrypt, which /etc/shadow has today. Hashes that would cost too much are not
/// handed to it.
/// </summary>
internal static partial class MachineCrypt
{
    // What glibc's crypt_r wants, the largest of all.
    private const int WorkSize = 131232;
    // The turns of extended DES, of which 725 are usual; each is a DES encryption.
    internal const int MostTurns = 1_000_000;
    // yescrypt(5): log2 of the blocks and their size, each a character; F and T are what cost factor 11, the highest, has: 1 GiB.
    private const char MostBlocks = 'F';
    private const char LargestBlock = 'T';

    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    internal static HashMatch Compare(string hash, byte[] password)
    {
        if (KindOf(hash) is { } impossible) return impossible;
        // Its phrases end at a NUL.
        if (password.AsSpan().Contains((byte)0)) return HashMatch.No;
        try
        {
            // An error is "*0" or nothing, which is no hash.
            return Compute([.. password, 0], Encoding.ASCII.GetBytes(hash + "\0")) is { Length: > 2 } made ? HashText.Compare(made, hash) : HashMatch.Malformed;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return HashMatch.Unsupported;
        }
    }

    /// <summary>Null for what the machine is to be asked about.</summary>
    internal static HashMatch? KindOf(string hash)
    {
        if (hash.StartsWith("$y$", StringComparison.Ordinal) || hash.StartsWith("$gy$", StringComparison.Ordinal)) return Yescrypt(hash.Split('$'));
        if (hash.StartsWith('$')) return HashMatch.Unsupported;
        var isExtended = hash is ['_', ..] && hash.Length == 20;
        if (!isExtended && hash.Length != 13 || !hash.AsSpan(isExtended ? 1 : 0).ContainsOnly(Alphabet)) return HashMatch.Malformed;
        return isExtended && Turns(hash.AsSpan(1, 4)) is 0 or > MostTurns ? HashMatch.Malformed : null;
    }

    // "", "y", "j9T", salt, digest.
    private static HashMatch? Yescrypt(string[] parts) =>
        parts is [_, _, ['j', >= '.' and <= MostBlocks, >= '.' and <= LargestBlock], { Length: > 0 } salt, { Length: 43 } digest]
        && salt.AsSpan().ContainsOnly(Alphabet) && digest.AsSpan().ContainsOnly(Alphabet) ? null : HashMatch.Malformed;

    private static int Turns(ReadOnlySpan<char> text)
    {
        var turns = 0;
        for (var i = 0; i < text.Length; i++) turns |= Alphabet.IndexOf(text[i], StringComparison.Ordinal) << (6 * i);
        return turns;
    }

    private static bool ContainsOnly(this ReadOnlySpan<char> text, string alphabet) => text.IndexOfAnyExcept(alphabet) < 0;

    private static unsafe string? Compute(byte[] phrase, byte[] setting)
    {
        var work = NativeMemory.AllocZeroed(WorkSize);
        try
        {
            fixed (byte* phraseStart = phrase, settingStart = setting) return Marshal.PtrToStringAnsi(CryptR(phraseStart, settingStart, work));
        }
        finally
        {
            NativeMemory.Clear(work, WorkSize);
            NativeMemory.Free(work);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(phrase);
        }
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt_r"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint CryptR(byte* phrase, byte* setting, void* work);
}
