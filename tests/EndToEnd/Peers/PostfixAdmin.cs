namespace PolicyMTA.EndToEnd.Peers;

/// <summary>PostfixAdmin as its package has it: its own upgrade script makes the tables, its own command line fills them.</summary>
internal sealed class PostfixAdmin
{
    private readonly string _folder;

    private PostfixAdmin(string folder) => _folder = folder;

    /// <summary>Makes its tables in a database.</summary>
    /// <param name="folder">Where its files are put.</param>
    /// <param name="database">Lines of its configuration that name the database.</param>
    public static async Task<PostfixAdmin> SetUpAsync(string folder, params (string Name, string Value)[] database)
    {
        var package = UnpackedPeers.Require("postfixadmin");
        Command.Require("php");
        var admin = new PostfixAdmin(Path.Combine(folder, "postfixadmin"));
        var copied = await Command.RunAsync("cp", ["-r", Path.Combine(package, "usr/share/postfixadmin"), admin._folder]);
        Assert.True(copied.ExitCode == 0, copied.Errors);
        // The package's links lead to the machine's own configuration.
        foreach (var link in (string[])["config.inc.php", "config.local.php", "templates_c"]) File.Delete(admin.Place(link));
        File.Copy(Path.Combine(package, "etc/postfixadmin/config.inc.php"), admin.Place("config.inc.php"));
        await File.WriteAllTextAsync(admin.Place("dbconfig.inc.php"), "<?php $dbtype = $dbuser = $dbpass = $dbname = '';\n");
        Directory.CreateDirectory(admin.Place("templates_c"));
        IEnumerable<(string, string)> settings = [.. database, ("encrypt", "php_crypt:SHA512"), ("quota", "YES"), ("emailcheck_resolve_domain", "NO"), ("setup_password", "x")];
        await File.WriteAllTextAsync(admin.Place("config.local.php"), "<?php\n" + string.Concat(settings.Select(setting => $"$CONF['{setting.Item1}'] = '{setting.Item2}';\n")));
        var upgraded = await Command.RunAsync("php", ["upgrade.php"], folder: admin.Place("public"));
        // It reports on standard output, step by step; what PostgreSQL has already it may say is there.
        Assert.True(upgraded.ExitCode == 0 && upgraded.Output.TrimEnd().EndsWith("done", StringComparison.Ordinal), upgraded.Output + upgraded.Errors);
        return admin;
    }

    /// <summary>One command of its command line, such as <c>mailbox add …</c>.</summary>
    public async Task RunAsync(string command)
    {
        var result = await Command.RunAsync("php", ["postfixadmin-cli.php", .. command.Split(' ')], folder: Place("scripts"));
        Assert.True(result.ExitCode == 0 && result.Output.Contains("has been", StringComparison.Ordinal), $"{command}: {result.Output}{result.Errors}");
    }

    private string Place(string name) => Path.Combine(_folder, name);
}
