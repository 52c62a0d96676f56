namespace PolicyMTA.EndToEnd;

/// <summary>swaks against a server, and its transcript.</summary>
internal static class Swaks
{
    public static Task<CommandResult> RunAsync(int port, params IEnumerable<string> arguments) =>
        Command.RunAsync("swaks", ["--server", $"127.0.0.1:{port}", "--timeout", "20s", "--helo", "client.test", .. arguments]);

    /// <summary>The options of a login under STARTTLS.</summary>
    public static IEnumerable<string> Login(RunningServer server, string user) => ["--tls", "--auth", "PLAIN", "--auth-user", $"{user}@example.test", "--auth-password", server.Password(user)];

    /// <summary>What the server said: in plain text, or under TLS.</summary>
    public static IEnumerable<string> Replies(this CommandResult result, bool underTls)
    {
        string[] marks = underTls ? ["<~  ", "<~* ", "<~**"] : ["<-  ", "<** "];
        return result.Lines.Where(line => marks.Any(mark => line.StartsWith(mark, StringComparison.Ordinal))).Select(line => line[4..]);
    }
}
