namespace PolicyMTA.Quickstart;

/// <summary>Where the files of a quickstart folder are.</summary>
internal sealed record QuickstartPaths(string Root)
{
    public const string DatabaseName = "vmail.sqlite3";

    public string Configuration => Path.Combine(Root, "policymta.toml");
    public string Policies => Path.Combine(Root, "policies");
    public string Plugins => Path.Combine(Root, "plugins");
    public string Certificate => Path.Combine(Root, "tls", "cert.pem");
    public string Key => Path.Combine(Root, "tls", "key.pem");
    public string Database => Path.Combine(Root, "database", DatabaseName);
    public string Passwords => Path.Combine(Root, "passwords");
    public string Mail => Path.Combine(Root, "mail");
    /// <summary>There while a folder is being set up: what a setup that was cut short left may be thrown away.</summary>
    public string Unfinished => Path.Combine(Root, ".quickstart-unfinished");
}
