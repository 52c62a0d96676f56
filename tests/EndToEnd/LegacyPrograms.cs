namespace PolicyMTA.EndToEnd;

/// <summary>The program under the names of old: links, as a package makes them.</summary>
internal sealed class LegacyPrograms : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-names-").FullName;
    private readonly string _configuration;

    public LegacyPrograms(RunningServer server)
    {
        _configuration = System.IO.Path.Combine(server.Root, "policymta.toml");
        foreach (var name in (string[])["sendmail", "newaliases", "mailq", "postqueue", "postsuper", "postcat", "postmap"]) File.CreateSymbolicLink(Path(name), System.IO.Path.Combine(Repository.Program, "policymta"));
    }

    /// <summary>Where one of them is.</summary>
    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    /// <summary>Runs one of them; POLICYMTA_CONFIG says which server it is about.</summary>
    public Task<CommandResult> RunAsync(string name, IEnumerable<string> arguments, string input = "") => ShellAsync($"exec {name} \"$@\"", arguments, input);

    /// <summary>Runs a line of a shell that finds them first.</summary>
    public Task<CommandResult> ShellAsync(string line, IEnumerable<string>? arguments = null, string input = "") =>
        Command.RunAsync("/bin/sh", ["-c", $"PATH={_folder}:$PATH POLICYMTA_CONFIG={_configuration}; export PATH POLICYMTA_CONFIG; {line}", "sh", .. arguments ?? []], input);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
