using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>OpenDKIM: its milter with one key, and its program that verifies a message.</summary>
internal static class OpenDkim
{
    /// <summary>Starts the milter; it signs mail of this machine for one domain.</summary>
    public static async Task<(Daemon Daemon, int Port)> StartSignerAsync(string domain, string selector, string keyFile)
    {
        Command.Require("opendkim");
        var folder = Directory.CreateTempSubdirectory("policymta-opendkim-").FullName;
        var port = RunningServer.FreePorts(1)[0];
        await File.WriteAllTextAsync(Path.Combine(folder, "opendkim.conf"), $"""
            Socket inet:{port}@127.0.0.1
            Background no
            Mode s
            Domain {domain}
            Selector {selector}
            KeyFile {keyFile}
            RequireSafeKeys no
            Canonicalization relaxed/simple
            OversignHeaders From
            """ + "\n");
        return (await Daemon.StartAsync(folder, new IPEndPoint(IPAddress.Loopback, port), "opendkim", ["-f", "-x", Path.Combine(folder, "opendkim.conf")]), port);
    }

    /// <summary>What <c>opendkim-testmsg</c> says of a message; empty when all its signatures are good.</summary>
    public static async Task<string> FindProblemAsync(string message, Nameserver nameserver)
    {
        Command.Require("opendkim-testmsg");
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, System.Text.Encoding.Latin1.GetBytes(message));
            string[] command = [.. nameserver.CommandFor("sh"), "-c", "opendkim-testmsg < \"$0\"", file];
            var result = await Command.RunAsync(command[0], command[1..]);
            return result.ExitCode == 0 ? result.Errors : $"exit code {result.ExitCode}: {result.Output}{result.Errors}";
        }
        finally
        {
            File.Delete(file);
        }
    }
}
