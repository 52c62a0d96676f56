using PolicyMTA.Configuration;
using PolicyMTA.Configuration.PostfixAdmin;

namespace PolicyMTA.Tests.Configuration.PostfixAdmin;

public sealed class PostfixAdminSectionTests
{
    private const string Listener = "\n[listeners.smtp]\naddress = \"127.0.0.1:2525\"\n";

    [Fact]
    public void One_line_is_all_maps_and_logins()
    {
        var configuration = Read("[postfixadmin]\ndatabase = \"sqlite:db/vmail.sqlite3\"");
        Assert.Equal("proxy:postfixadmin_domains", configuration.Parameters.Text("virtual_mailbox_domains"));
        Assert.Equal(["proxy:postfixadmin_mailboxes", "proxy:postfixadmin_alias_domain_mailboxes"], configuration.Parameters.List("virtual_mailbox_maps"));
        Assert.Equal(3, configuration.Parameters.List("virtual_alias_maps").Count);
        Assert.Equal("proxy:postfixadmin_relay_domains", configuration.Parameters.Text("relay_domains"));
        Assert.True(configuration.Parameters.Boolean("smtpd_sasl_auth_enable"));
        Assert.Equal(("sqlite", "/site/db/vmail.sqlite3"), (configuration.Tables["postfixadmin_domains"].Type, configuration.Tables["postfixadmin_domains"].Parameters["dbpath"]));
    }

    [Fact]
    public void Parameter_of_the_file_itself_comes_first()
    {
        var parameters = Read("virtual_alias_maps = \"texthash:mine $relay_domains\"\n[postfixadmin]\ndatabase = \"sqlite:x\"").Parameters;
        Assert.Equal(["texthash:mine", "proxy:postfixadmin_relay_domains"], parameters.List("virtual_alias_maps"));
    }

    [Theory]
    [InlineData("pgsql://postfix@db.example/vmail", "pgsql", "hosts=db.example dbname=vmail user=postfix")]
    [InlineData("postgresql://db.example:5433/vmail", "pgsql", "hosts=db.example:5433 dbname=vmail")]
    [InlineData("mysql://post%40fix@db1,db2:3307/vmail", "mysql", "hosts=db1 db2:3307 dbname=vmail user=post@fix")]
    [InlineData("mysql:///vmail", "mysql", "hosts=localhost dbname=vmail")]
    public void Urls_are_what_a_table_takes(string url, string type, string access)
    {
        var database = PostfixAdminDatabase.Parse(url, "/site", null);
        Assert.Equal(type, database.Type);
        Assert.Equal(access, string.Join(' ', new[] { "hosts", "dbname", "user" }.Where(database.Access.ContainsKey).Select(key => $"{key}={database.Access[key]}")));
        Assert.False(database.Access.ContainsKey("password"));
    }

    [Theory]
    [InlineData("vmail.sqlite3", "is no database")]
    [InlineData("sqlite:", "is no database")]
    [InlineData("oracle://x/y", "is no database")]
    [InlineData("pgsql:x", "is no database")]
    [InlineData("pgsql://host", "is no database")]
    [InlineData("pgsql://host/", "is no database")]
    [InlineData("pgsql://host/db?sslmode=require", "is no database")]
    [InlineData("pgsql://@host/db", "is no database")]
    [InlineData("mysql://user:secret@host/db", "name a password_file")]
    public void Other_texts_are_refused_with_their_place_and_no_secret(string text, string expected)
    {
        var error = Assert.Single(ConfigurationLoader.Parse($"[postfixadmin]\ndatabase = \"{text}\"" + Listener, "f", "/site").Errors);
        Assert.StartsWith("f:2:12: [postfixadmin]: ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        if (text.Contains("secret")) Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Password_comes_from_its_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "secret"), "s3cret\n");
        var configuration = ConfigurationLoader.Parse("[postfixadmin]\ndatabase = \"pgsql://u@h/d\"\npassword_file = \"secret\"" + Listener, "f", folder.Path).Configuration!;
        Assert.Equal("s3cret", configuration.Tables["postfixadmin_passwords"].Parameters["password"]);
        var error = Assert.Single(ConfigurationLoader.Parse("[postfixadmin]\ndatabase = \"pgsql://u@h/d\"\npassword_file = \"gone\"" + Listener, "f", folder.Path).Errors);
        Assert.Contains("gone", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_of_the_same_name_is_refused()
    {
        var error = Assert.Single(ConfigurationLoader.Parse("[postfixadmin]\ndatabase = \"sqlite:x\"\n[tables.postfixadmin_domains]\ntype = \"inline\"" + Listener, "f", "/site").Errors);
        Assert.Equal("f:3:1: [tables.postfixadmin_domains] is one of those that [postfixadmin] makes", error.ToString());
    }

    [Fact]
    public void Dialects_differ_in_truth_and_in_how_texts_are_joined()
    {
        var (sqlite, mysql, pgsql) = (PostfixAdminQueries.For("sqlite"), PostfixAdminQueries.For("mysql"), PostfixAdminQueries.For("pgsql"));
        Assert.All(sqlite, query => Assert.Equal(query.Value.Replace("= 1", "= true").Replace("= 0", "= false"), pgsql[query.Key]));
        Assert.Equal(sqlite.Keys, mysql.Keys);
        Assert.EndsWith("alias.address = CONCAT('%u', CONCAT('@', alias_domain.target_domain)) AND alias.active = 1", mysql["postfixadmin_alias_domains"], StringComparison.Ordinal);
        Assert.DoesNotContain(mysql.Values, query => query.Contains("||", StringComparison.Ordinal));
    }

    private static MailConfiguration Read(string text)
    {
        var result = ConfigurationLoader.Parse(text + Listener, "f", "/site");
        Assert.Empty(result.Errors);
        return result.Configuration!;
    }
}
