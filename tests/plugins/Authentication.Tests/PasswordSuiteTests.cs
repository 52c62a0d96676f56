using System.Text;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Testing;

namespace PolicyMTA.Authentication.Tests;

[Trait("Category", "Suites")]
public sealed class PasswordSuiteTests
{
    [Fact]
    public void Every_scheme_compares_as_Dovecot_does()
    {
        using var suite = Suites.Find("passwords/vectors.json");
        if (suite is null) Assert.Skip("no published suites");
        var wrong = new List<string>();
        foreach (var vector in suite.RootElement.GetProperty("cases").EnumerateArray())
        {
            var scheme = vector.GetProperty("scheme").GetString()!;
            var match = PasswordScheme.Verify(vector.GetProperty("hash").GetString()!, "CRYPT", Encoding.UTF8.GetBytes(vector.GetProperty("password").GetString()!));
            var expected = vector.GetProperty("verifies").GetBoolean() ? HashMatch.Yes : HashMatch.No;
            if (match != expected) wrong.Add($"{scheme} '{vector.GetProperty("password").GetString()}': {match}");
        }
        Assert.Empty(wrong);
        Assert.Equal(287, suite.RootElement.GetProperty("cases").GetArrayLength());
    }
}
