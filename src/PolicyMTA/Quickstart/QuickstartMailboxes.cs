using System.Security.Cryptography;

namespace PolicyMTA.Quickstart;

/// <summary>Alice and Bob with passwords of their own.</summary>
internal static class QuickstartMailboxes
{
    // No letters that are taken for each other, and none that a shell reads.
    private const string Letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
    private const int PasswordLength = 16;
    private const int BcryptCost = 10;

    public static IReadOnlyList<Mailbox> Create() => [.. new[] { "alice", "bob" }.AsParallel().AsOrdered().Select(Create)];

    private static Mailbox Create(string local)
    {
        var password = RandomNumberGenerator.GetString(Letters, PasswordLength);
        return new Mailbox(local, password, "{BLF-CRYPT}" + BCrypt.Net.BCrypt.HashPassword(password, BcryptCost));
    }

    /// <summary>Keeps the passwords where only the owner can read them.</summary>
    public static void WritePasswords(string path, IReadOnlyList<Mailbox> mailboxes)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        using var writer = new StreamWriter(file);
        foreach (var mailbox in mailboxes) writer.Write($"{mailbox.Address} password: {mailbox.Password}\n");
    }

    /// <summary>The lines of the password file; none when it was taken away.</summary>
    public static IReadOnlyList<string> ReadPasswords(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
