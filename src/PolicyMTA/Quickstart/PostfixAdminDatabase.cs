using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace PolicyMTA.Quickstart;

/// <summary>A database as PostfixAdmin lays it out, so that PostfixAdmin, Dovecot and the guide's queries work on it unchanged.</summary>
internal static class PostfixAdminDatabase
{
    public static void Create(string path, IReadOnlyList<Mailbox> mailboxes, TimeProvider time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        connection.Execute("PRAGMA journal_mode = WAL");
        using var transaction = connection.BeginTransaction();
        connection.Execute(PostfixAdminSchema.Text, transaction: transaction);
        var now = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        AddDomain(connection, now);
        foreach (var mailbox in mailboxes) AddMailbox(connection, mailbox, now);
        AddAlias(connection, "sales", mailboxes, now);
        AddAlias(connection, "postmaster", [mailboxes[0]], now);
        AddAlias(connection, "abuse", [mailboxes[0]], now);
        transaction.Commit();
    }

    private static void AddDomain(SqliteConnection connection, string now) => connection.Execute(
        "INSERT INTO domain (domain, description, transport, created, modified) VALUES (@domain, 'The domain of the quickstart', 'virtual', @now, @now)",
        new { domain = Mailbox.Domain, now });

    private static void AddMailbox(SqliteConnection connection, Mailbox mailbox, string now)
    {
        connection.Execute(
            "INSERT INTO mailbox (username, password, name, maildir, local_part, domain, created, modified) VALUES (@Address, @Hash, @name, @maildir, @Local, @domain, @now, @now)",
            new { mailbox.Address, mailbox.Hash, mailbox.Local, name = char.ToUpperInvariant(mailbox.Local[0]) + mailbox.Local[1..], maildir = $"{Mailbox.Domain}/{mailbox.Local}/", domain = Mailbox.Domain, now });
        // PostfixAdmin gives each mailbox a row of its own here, so that a catch-all does not take its mail.
        AddAlias(connection, mailbox.Local, [mailbox], now);
    }

    private static void AddAlias(SqliteConnection connection, string local, IReadOnlyList<Mailbox> targets, string now) => connection.Execute(
        "INSERT INTO alias (address, goto, domain, created, modified) VALUES (@address, @targets, @domain, @now, @now)",
        new { address = $"{local}@{Mailbox.Domain}", targets = string.Join(',', targets.Select(target => target.Address)), domain = Mailbox.Domain, now });
}
