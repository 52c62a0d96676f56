using System.Diagnostics;

namespace PolicyMTA.Lookups.Tests.Text;

/// <summary>Postfix's own <c>postmap</c> with its table plugins, as <c>.ci/peers</c> unpacks them.</summary>
internal sealed class RealPostmap
{
    private readonly string _program;
    private readonly string _libraries;
    private readonly string _folder;

    private RealPostmap(string program, string libraries, string folder) => (_program, _libraries, _folder) = (program, libraries, folder);

    /// <summary>Ready to be asked; its configuration goes to a folder of the test's. The test is skipped, or fails where peers are required, when it is missing.</summary>
    internal static RealPostmap Require(string folder)
    {
        var root = Environment.GetEnvironmentVariable("POLICYMTA_PEER_ROOT") is { Length: > 0 } given ? given : "/var/tmp/policymta-peers";
        string[] packages = ["postfix", "postfix-pcre", "postfix-lmdb", "postfix-cdb", "postfix-sqlite", "postfix-ldap"];
        if (packages.FirstOrDefault(package => !Directory.Exists(Path.Combine(root, package))) is { } missing)
        {
            var why = $"{missing} is not unpacked in {root}";
            if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail(why);
            Assert.Skip(why);
        }
        var libraries = Path.Combine(root, "postfix/usr/lib/postfix");
        File.WriteAllText(Path.Combine(folder, "main.cf"), $"compatibility_level = 3.7\nshlib_directory = {libraries}\nmeta_directory = {folder}\nmaillog_file =\n");
        string Line(string type, string entry) => $"{type} {root}/postfix-{type}/usr/lib/postfix/postfix-{type}.so dict_{type}_open{entry}\n";
        File.WriteAllText(Path.Combine(folder, "dynamicmaps.cf"), Line("pcre", "") + Line("sqlite", "") + Line("ldap", "") + Line("lmdb", " mkmap_lmdb_open") + Line("cdb", " mkmap_cdb_open"));
        return new RealPostmap(Path.Combine(root, "postfix/usr/sbin/postmap"), libraries, folder);
    }

    /// <summary>Makes the indexed file of a text.</summary>
    internal async Task CompileAsync(string table) => await RunAsync([table], "");

    /// <summary>What it finds for each key; keys it does not find are missing.</summary>
    internal async Task<Dictionary<string, string>> AskAsync(string table, IEnumerable<string> keys)
    {
        var found = new Dictionary<string, string>();
        foreach (var line in (await RunAsync(["-q", "-", table], string.Join('\n', keys) + "\n")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t');
            found[line[..tab]] = line[(tab + 1)..];
        }
        return found;
    }

    internal async Task<string> RunAsync(IEnumerable<string> arguments, string input)
    {
        var start = new ProcessStartInfo(_program, ["-c", _folder, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        start.Environment["LD_LIBRARY_PATH"] = _libraries;
        start.Environment["MAIL_CONFIG"] = _folder;
        // libldap would read the machine's settings, and all its certificates with them.
        start.Environment["LDAPNOINIT"] = "1";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.DoesNotContain("fatal:", await errors);
        return await output;
    }
}
