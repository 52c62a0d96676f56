using System.Net;
using PolicyMTA.Commands;

namespace PolicyMTA.Quickstart;

/// <summary>What a quickstart tells the person who started it. Every command in it works as it stands.</summary>
internal static class Welcome
{
    /// <summary>The last line once the server answers: who waits for it can go on.</summary>
    public const string Ready = "Ready. Ctrl-C ends it.";

    public static string Text(QuickstartPaths paths, IReadOnlyList<(string Name, EndPoint Address)> endpoints, IReadOnlyList<string> passwords, string program)
    {
        var smtp = Find(endpoints, "smtp");
        var submission = Find(endpoints, "submission");
        var submissions = Find(endpoints, "submissions");
        var login = passwords.FirstOrDefault(line => line.StartsWith("alice@", StringComparison.Ordinal)) is { } line ? line[(line.LastIndexOf(' ') + 1)..] : "PASSWORD";
        return $"""
            PolicyMTA serves {Mailbox.Domain} from {paths.Root}

              smtp         {smtp,-22} plain, STARTTLS offered
              submission   {submission,-22} STARTTLS, then a login
              submissions  {submissions,-22} TLS from the first byte, then a login

              {string.Join("\n  ", passwords)}

            Try, in another terminal:

              # mail from outside to alice, then look at it
              swaks --server {smtp} --from joe@localhost --to alice@{Mailbox.Domain}
              cat {ProgramName.Quote(Path.Combine(paths.Mail, Mailbox.Domain, "alice", "new"))}/*

              # alice writes to bob, after a login under TLS
              swaks --server {submission} --tls --auth PLAIN --auth-user alice@{Mailbox.Domain} --auth-password {login} --from alice@{Mailbox.Domain} --to bob@{Mailbox.Domain}

              # the alias sales is alice and bob
              swaks --server {smtp} --from joe@localhost --to sales@{Mailbox.Domain}

              # refused: relaying without a login, and a stranger who calls himself alice
              swaks --server {smtp} --from joe@localhost --to someone@elsewhere.test
              swaks --server {smtp} --from alice@{Mailbox.Domain} --to bob@{Mailbox.Domain}

              # type the dialogue yourself (lower case: s_client reads a line that starts with R or Q)
              openssl s_client -quiet -crlf -starttls smtp -connect {submission}
              openssl s_client -quiet -crlf -connect {submissions}

              # the rules are {Path.Combine(paths.Policies, "*.js")}; put a change in force
              {program} reload --config {ProgramName.Quote(paths.Configuration)}

            {Ready}

            """;
    }

    private static string Find(IReadOnlyList<(string Name, EndPoint Address)> endpoints, string name) => endpoints.FirstOrDefault(endpoint => endpoint.Name == name).Address?.ToString() ?? "not served";
}
