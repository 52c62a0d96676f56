using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>SpamAssassin's spamd with its own rules, local tests only and no database.</summary>
internal static class Spamd
{
    /// <summary>What every SpamAssassin calls spam.</summary>
    public const string Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    /// <param name="endpoint">A port of loopback or a unix socket.</param>
    /// <param name="lines">Lines of its configuration.</param>
    public static async Task<Daemon> StartAsync(EndPoint endpoint, params string[] lines)
    {
        Command.Require("spamd");
        var folder = Directory.CreateTempSubdirectory("policymta-spamd-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "init.pre"), "loadplugin Mail::SpamAssassin::Plugin::Check\n");
        await File.WriteAllLinesAsync(Path.Combine(folder, "local.cf"), ["use_bayes 0", "report_safe 0", .. lines]);
        string[] listens = endpoint is IPEndPoint internet ? [$"--listen=127.0.0.1:{internet.Port}"] : [$"--socketpath={endpoint}", "--socketmode=0666"];
        string[] user = Environment.IsPrivilegedProcess ? ["--username=nobody"] : [];
        if (Environment.IsPrivilegedProcess) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return await Daemon.StartAsync(folder, endpoint, "spamd", ["--local", "--nouser-config", "--syslog=stderr", $"--siteconfigpath={folder}", "--max-children=2", "--min-children=1", .. user, .. listens]);
    }
}
